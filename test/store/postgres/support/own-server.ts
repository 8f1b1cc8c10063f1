import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import type { Tool } from '../../../support/needs-tool.js';

/** Where Debian has the programs of each version; `.ci/run` names another folder. */
const DEBIAN = '/usr/lib/postgresql';
/** Neither Postgres nor PgBouncer runs as root. */
export const UNPRIVILEGED = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

export const POSTGRES_PROGRAMS: Tool = {
  name: 'initdb of Postgres',
  install: 'apt-get install postgresql',
  isThere: () => programs() !== undefined,
};

function programs(): string | undefined {
  const debian = existsSync(DEBIAN) ? readdirSync(DEBIAN).map((version) => join(DEBIAN, version, 'bin')) : [];
  const folders = [process.env['POSTGRES_PROGRAMS'] ?? '', ...debian];
  return folders.find((folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')));
}

/** A folder that the one may write who runs a server. */
export function folderOfServer(): string {
  const folder = mkdtempSync(join(tmpdir(), 'penguiflow-server-'));
  if (UNPRIVILEGED.uid !== undefined) chownSync(folder, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
  return folder;
}

/** A port of the loopback that nobody has. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** A Postgres server of the test's own, which it may stop as it likes. */
export class OwnServer {
  readonly #folder: string;
  readonly #port: number;
  #server: ChildProcess | undefined;

  private constructor(folder: string, port: number) {
    this.#folder = folder;
    this.#port = port;
  }

  /** One that runs. */
  static async start(): Promise<OwnServer> {
    const server = new OwnServer(folderOfServer(), await freePort());
    const { status, stderr } = spawnSync(
      join(programs()!, 'initdb'),
      ['-D', server.#data, '-U', 'postgres', '-A', 'trust', '--no-locale', '-E', 'UTF8', '--no-sync'],
      { ...UNPRIVILEGED, cwd: server.#folder, encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(stderr);
    await server.start();
    return server;
  }

  get url(): string {
    return `postgres://postgres@127.0.0.1:${this.#port}/postgres`;
  }

  /** Resolves when it takes connections. */
  async start(): Promise<void> {
    const server = spawn(
      join(programs()!, 'postgres'),
      ['-D', this.#data, '-h', '127.0.0.1', '-p', String(this.#port), '-k', ''],
      { ...UNPRIVILEGED, cwd: this.#folder, stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, LC_ALL: 'C' } },
    );
    this.#server = server;
    const said: string[] = [];
    const lines = createInterface({ input: server.stderr });
    await new Promise<void>((resolve, reject) => {
      lines.on('line', (line) => {
        said.push(line);
        if (line.includes('ready to accept connections')) resolve();
      });
      server.once('exit', () => reject(new Error(said.join('\n'))));
    });
  }

  /** `fast` says goodbye to everybody; `immediate` is as if it had crashed. */
  async stop(how: 'fast' | 'immediate'): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined || server.exitCode !== null) return;
    const exited = once(server, 'exit');
    server.kill(how === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await exited;
  }

  async end(): Promise<void> {
    await this.stop('immediate');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #data(): string {
    return join(this.#folder, 'data');
  }
}
