import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { FlowError } from '../index.js';

/** Options of {@link startNatsServer}. */
export interface NatsServerOptions {
  /** The program. @defaultValue what `$NATS_SERVER` says, else `nats-server` of the PATH */
  readonly program?: string;
  /** More of its configuration, in its own language; JetStream and the address are there. */
  readonly config?: string;
}

/** A server of a test, with a port and a store of its own. */
export interface NatsServer {
  /** `nats://127.0.0.1:` and the port. */
  readonly url: string;
  readonly port: number;
  /** Has it read another configuration, without a restart. */
  reload(config: string): void;
  /** Ends it in order; what it has stored stays. */
  stop(): Promise<void>;
  /** Ends it as `kill -9` does. */
  kill(): Promise<void>;
  /** Starts it again if it does not run, on the same port and with what it has stored. */
  start(): Promise<void>;
  /** Ends it, and takes away what it has stored. */
  destroy(): Promise<void>;
}

const START_MS = 10_000;
const LOOK_MS = 10;
const LEADER_MS = 20_000;
const CLUSTER = ['one', 'two', 'three'];

/**
 * Starts a NATS server with JetStream for a test, on a free port of this machine.
 *
 * @throws FlowError `CARRIER_UNAVAILABLE` when there is no such program, or it does not start within ten seconds
 * @example
 * ```ts
 * const server = await startNatsServer();
 * const carrier = nats({ connect: server.url });
 * // …
 * await server.destroy();
 * ```
 */
export async function startNatsServer(options: NatsServerOptions = {}): Promise<NatsServer> {
  const server = new Server(options, await freePort());
  try {
    await server.start();
  } catch (error) {
    await server.destroy();
    throw error;
  }
  return server;
}

/** Servers of a test that are one cluster. */
export interface NatsCluster {
  readonly urls: readonly string[];
  readonly servers: readonly NatsServer[];
  /** Ends all of them, and takes away what they have stored. */
  destroy(): Promise<void>;
}

/**
 * Starts three NATS servers that are one cluster, for a test. Resolves when they have agreed on who leads.
 *
 * @throws FlowError `CARRIER_UNAVAILABLE`, as {@link startNatsServer}
 * @example
 * ```ts
 * const cluster = await startNatsCluster();
 * const carrier = nats({ connect: cluster.urls, replicas: 3 });
 * ```
 */
export async function startNatsCluster(options: NatsServerOptions = {}): Promise<NatsCluster> {
  const ports = await Promise.all(
    CLUSTER.map(async () => ({ own: await freePort(), cluster: await freePort(), http: await freePort() })),
  );
  const routes = ports.map(({ cluster }) => `"nats://127.0.0.1:${cluster}"`).join(', ');
  const servers = ports.map(({ own, cluster, http }, index) => {
    const config = [
      `server_name: "${CLUSTER[index]}"`,
      `http: "127.0.0.1:${http}"`,
      `cluster { name: "tests", listen: "127.0.0.1:${cluster}", routes: [${routes}] }`,
      options.config ?? '',
    ];
    return new Server({ ...options, config: config.join('\n') }, own);
  });
  const cluster: NatsCluster = {
    urls: servers.map(({ url }) => url),
    servers,
    destroy: async () => void (await Promise.all(servers.map((server) => server.destroy()))),
  };
  try {
    await Promise.all(servers.map((server) => server.start()));
    await Promise.all(ports.map(({ http }) => hasLeader(http)));
  } catch (error) {
    await cluster.destroy();
    throw error;
  }
  return cluster;
}

class Server implements NatsServer {
  readonly url: string;
  readonly port: number;
  readonly #program: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'penguiflow-nats-'));
  #child: ChildProcess | undefined;

  constructor({ program, config = '' }: NatsServerOptions, port: number) {
    this.port = port;
    this.url = `nats://127.0.0.1:${port}`;
    this.#program = program ?? process.env['NATS_SERVER'] ?? 'nats-server';
    this.#write(config);
  }

  reload(config: string): void {
    this.#write(config);
    this.#child?.kill('SIGHUP');
  }

  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  async start(): Promise<void> {
    if (this.#child !== undefined) return;
    const child = spawn(this.#program, ['-c', this.#config], { stdio: 'ignore' });
    this.#child = child;
    let failure: Error | undefined;
    child.once('error', (error) => (failure = error));
    for (let leftMs = START_MS; !(await isHeard(this.port)); leftMs -= LOOK_MS) {
      if (failure !== undefined) throw notStarted(failure.message, failure);
      if (child.exitCode !== null) throw notStarted(`${this.#program} has ended with code ${child.exitCode}`);
      if (leftMs <= 0) throw notStarted(`${this.#program} does not listen on port ${this.port}`);
      await setTimeout(LOOK_MS);
    }
  }

  async destroy(): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #config(): string {
    return join(this.#folder, 'server.conf');
  }

  #write(config: string): void {
    const lines = [
      `listen: "127.0.0.1:${this.port}"`,
      `jetstream { store_dir: "${join(this.#folder, 'store')}" }`,
      config,
    ];
    writeFileSync(this.#config, `${lines.join('\n')}\n`);
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const over = once(child, 'exit');
    child.kill(signal);
    await over;
  }
}

function isHeard(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.once('data', () => socket.destroy());
  });
}

/** Whether all servers know each other and one of them leads. */
async function hasLeader(port: number): Promise<void> {
  for (let leftMs = LEADER_MS; leftMs > 0; leftMs -= 100) {
    const response = await fetch(`http://127.0.0.1:${port}/jsz`);
    const { meta_cluster: meta } = (await response.json()) as {
      readonly meta_cluster?: { readonly leader?: string; readonly cluster_size?: number };
    };
    if (meta?.leader !== undefined && meta.cluster_size === CLUSTER.length) return;
    await setTimeout(100);
  }
  throw notStarted('the three do not agree on who leads');
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function notStarted(why: string, cause?: Error): FlowError {
  return new FlowError('CARRIER_UNAVAILABLE', {
    message: `No NATS server for the test: ${why}`,
    cause,
    hint: 'Install `nats-server`, or say with `NATS_SERVER` where it is.',
  });
}
