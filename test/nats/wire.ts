import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A way to a server that can be cut or held up: what happens to a process happens to its connections. */
export class Wire {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #held: { isHeld: boolean };

  private constructor(server: Server, sockets: Set<Socket>, held: { isHeld: boolean }) {
    this.#server = server;
    this.#sockets = sockets;
    this.#held = held;
    this.url = `nats://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  static async to(port: number): Promise<Wire> {
    const sockets = new Set<Socket>();
    const held = { isHeld: false };
    const server = createServer({ pauseOnConnect: true }, (near) => {
      const far = connect(port, '127.0.0.1');
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(one);
        one.setNoDelay(true);
        one.on('data', (data) => other.write(data));
        one.on('error', () => other.destroy());
        one.on('close', () => {
          sockets.delete(one);
          other.destroy();
        });
      }
      if (held.isHeld) far.pause();
      else near.resume();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Wire(server, sockets, held);
  }

  /** Nothing goes through any more. */
  cut(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** What is sent waits. */
  hold(): void {
    this.#held.isHeld = true;
    for (const socket of this.#sockets) socket.pause();
  }

  letGo(): void {
    this.#held.isHeld = false;
    for (const socket of this.#sockets) socket.resume();
  }
}
