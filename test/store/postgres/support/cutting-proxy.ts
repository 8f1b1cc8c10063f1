import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

import { ADDRESS } from './postgres-target.js';

/** The statement as it goes over the wire. */
const COMMIT = Buffer.from('Q\0\0\0\x0bcommit\0');

/** Stands between the store and Postgres, and cuts the connection around the next commit when it is told to. */
export class CuttingProxy {
  /** `before`: the commit never arrives. `after`: it does, and its answer gets lost. */
  cutNext: 'before' | 'after' | undefined;
  cuts = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async listen(): Promise<CuttingProxy> {
    const proxy = new CuttingProxy();
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    const url = new URL(ADDRESS);
    url.host = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return url.href;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(client: Socket): void {
    const server = connect(Number(ADDRESS.port), ADDRESS.hostname);
    let answers = true;
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        client.destroy();
        server.destroy();
      });
    }
    client.on('data', (data) => {
      const cut = data.includes(COMMIT) ? this.cutNext : undefined;
      if (cut !== undefined) {
        this.cutNext = undefined;
        this.cuts += 1;
        answers = false;
      }
      if (cut === 'before') client.destroy();
      else server.write(data);
    });
    server.on('data', (data) => {
      if (answers) client.write(data);
      else client.destroy();
    });
  }
}
