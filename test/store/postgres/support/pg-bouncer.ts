import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import type { Tool } from '../../../support/needs-tool.js';
import { folderOfServer, freePort, UNPRIVILEGED } from './own-server.js';
import { ADDRESS, POSTGRES } from './postgres-target.js';

export const PGBOUNCER: Tool = {
  name: 'pgbouncer, before Postgres',
  install: 'apt-get install pgbouncer',
  isThere: () => spawnSync('pgbouncer', ['--version']).error === undefined && POSTGRES.isThere(),
};

/** Connections to the server: fewer than a store has of its own, so that each transaction may get another. */
const SERVER_CONNECTIONS = 3;

/** A PgBouncer that gives each transaction whichever connection is free. */
export class PgBouncer {
  readonly #folder: string;
  readonly #port: number;
  readonly #process: ChildProcess;

  private constructor(folder: string, port: number, child: ChildProcess) {
    this.#folder = folder;
    this.#port = port;
    this.#process = child;
  }

  static async start(): Promise<PgBouncer> {
    const [folder, port] = [folderOfServer(), await freePort()];
    const { hostname, port: serverPort, pathname, username, password } = ADDRESS;
    const database = pathname.slice(1);
    const login = password === '' ? '' : ` password=${decodeURIComponent(password)}`;
    const file = join(folder, 'pgbouncer.ini');
    writeFileSync(
      file,
      `[databases]
${database} = host=${hostname} port=${serverPort} dbname=${database} user=${username}${login}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = ${SERVER_CONNECTIONS}
max_client_conn = 200
`,
    );
    const child = spawn('pgbouncer', [file], { ...UNPRIVILEGED, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    const said: string[] = [];
    await new Promise<void>((resolve, reject) => {
      createInterface({ input: child.stderr }).on('line', (line) => {
        said.push(line);
        if (line.includes('process up')) resolve();
      });
      child.once('exit', () => reject(new Error(said.join('\n'))));
    });
    return new PgBouncer(folder, port, child);
  }

  get url(): string {
    const url = new URL(ADDRESS);
    url.host = `127.0.0.1:${this.#port}`;
    return url.href;
  }

  async end(): Promise<void> {
    if (this.#process.exitCode === null) {
      const exited = once(this.#process, 'exit');
      this.#process.kill('SIGTERM');
      await exited;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
