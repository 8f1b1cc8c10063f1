import { connect, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';

import { FlowError } from '../index.js';
import { invalidOption, rejectUnknownOptions } from '../distributed/option-check.js';
import { checkedTimes, TIMES, type CarrierTimes } from '../distributed/carrier/carrier-times.js';
import type { Carrier, CarrierSession, SessionOptions } from '../distributed/index.js';
import { LeaseThread } from './lease-thread.js';
import { Names } from './names.js';
import { NatsSession } from './nats-session.js';

/** Options of {@link nats}. */
export interface NatsCarrierOptions extends CarrierTimes {
  /** Where the server is: `nats://user:password@host:4222`, several of a cluster, or options of `connect` of `@nats-io/transport-node`, as plain data: a thread connects with them as well. */
  readonly connect: string | URL | readonly string[] | ConnectionOptions;
  /**
   * Keeps programs apart that share an account: flows, documents, records and casts of other namespaces are not seen. Letters, digits and `-`.
   * @defaultValue `'default'`
   */
  readonly namespace?: string;
  /**
   * On how many servers of a cluster messages lie; what is there already stays as it is.
   * @defaultValue 1
   */
  readonly replicas?: number;
  /**
   * The file that its thread runs, where a bundler has put it.
   * @defaultValue `penguiflow/nats/lease-worker`, beside this module
   */
  readonly worker?: URL;
}

const OWNER = 'nats';
const OPTIONS = ['connect', 'namespace', 'replicas', 'worker', ...TIMES];
const MOST_REPLICAS = 5;
const RECONNECT_MS = 100;
/** So long JetStream may take to answer when a session begins. */
const ANSWER_MS = 10_000;
const NO_JETSTREAM = 'JetStream does not answer: is it enabled, and may the user ask it?';

/**
 * A carrier on NATS JetStream: for processes of many machines. Needs a server of version 2.9.10 or newer with JetStream, and the package `@nats-io/transport-node`.
 *
 * What the server has acknowledged survives the end of any process, and of the server as far as its disk has it: how often it syncs says its `sync_interval`.
 *
 * Leases are renewed in a thread with a connection of its own: code that blocks the process is not run twice. A session keeps the process up until it is closed.
 *
 * `open` rejects with `CARRIER_UNAVAILABLE` when no server answers, and with `CARRIER_WORKER_MISSING` where the file of the thread is not there. When it goes away later, the state is `down`, and sessions go on when it is back.
 *
 * @throws FlowError `INVALID_OPTION`
 * @example
 * ```ts
 * const carrier = nats({ connect: 'nats://localhost:4222' });
 * ```
 */
export function nats(options: NatsCarrierOptions): Carrier {
  rejectUnknownOptions(options, OPTIONS, OWNER);
  const { namespace = 'default', replicas = 1, worker } = options;
  const connection = connectionOptions(options.connect);
  if (typeof namespace !== 'string' || !/^[A-Za-z0-9-]{1,64}$/.test(namespace)) {
    throw invalidOption('namespace', OWNER, '1 to 64 letters, digits or `-`', namespace);
  }
  if (!Number.isInteger(replicas) || replicas < 1 || replicas > MOST_REPLICAS) {
    throw invalidOption('replicas', OWNER, `a whole number from 1 to ${MOST_REPLICAS}`, replicas);
  }
  if (worker !== undefined && !(worker instanceof URL)) throw invalidOption('worker', OWNER, 'a URL', worker);
  const times = checkedTimes(options, OWNER);
  const { url } = import.meta as { readonly url: string | undefined };
  return new NatsCarrier({
    connection,
    names: new Names(namespace),
    replicas,
    times,
    worker: worker ?? (url === undefined ? undefined : new URL('./lease-worker.js', url)),
  });
}

interface Settings {
  readonly connection: ConnectionOptions;
  readonly names: Names;
  readonly replicas: number;
  readonly times: CarrierTimes;
  readonly worker: URL | undefined;
}

/** A thread, and how many need it. */
interface Opened {
  readonly thread: Promise<LeaseThread>;
  sessions: number;
}

/** A connection for each session, and one thread that renews for all of them, as long as there are any. */
class NatsCarrier implements Carrier {
  readonly name = 'nats';
  readonly times: CarrierTimes;
  readonly #settings: Settings;
  #opened: Opened | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.times = settings.times;
  }

  async open(options: SessionOptions): Promise<CarrierSession> {
    if (this.#opened !== undefined && (await hasEnded(this.#opened))) this.#opened = undefined;
    const opened = (this.#opened ??= { thread: this.#start(options), sessions: 0 });
    opened.sessions += 1;
    let connection: NatsConnection;
    let thread: LeaseThread;
    try {
      thread = await opened.thread;
      connection = await connected(this.#settings.connection, options);
    } catch (error) {
      await this.#left(opened);
      throw error;
    }
    const session = new NatsSession(connection, thread, this.#settings, options, () => this.#left(opened));
    let isAnswered = false;
    const late = options.clock.setTimer(() => {
      if (!isAnswered) void session.close(0);
    }, ANSWER_MS);
    try {
      await session.begin();
      isAnswered = true;
      return session;
    } catch (error) {
      await session.close(0);
      throw FlowError.is(error, 'CARRIER_CLOSED') ? unavailable(this.#settings.connection, NO_JETSTREAM) : error;
    } finally {
      late.cancel();
    }
  }

  async #left(opened: Opened): Promise<void> {
    opened.sessions -= 1;
    if (opened.sessions > 0) return;
    if (this.#opened === opened) this.#opened = undefined;
    await opened.thread.then(
      (thread) => thread.end(),
      () => undefined,
    );
  }

  async #start(options: SessionOptions): Promise<LeaseThread> {
    const thread = new LeaseThread(this.#settings.worker, {
      connect: withDefaults(this.#settings.connection, options),
    });
    try {
      await thread.ready;
    } catch (error) {
      await thread.kill();
      throw unavailable(this.#settings.connection, error);
    }
    return thread;
  }
}

async function hasEnded({ thread }: Opened): Promise<boolean> {
  return thread.then(
    (there) => there.hasEnded,
    () => true,
  );
}

async function connected(connection: ConnectionOptions, options: SessionOptions): Promise<NatsConnection> {
  try {
    return await connect(withDefaults(connection, options));
  } catch (error) {
    throw unavailable(connection, error);
  }
}

function withDefaults(connection: ConnectionOptions, { flow, owner }: SessionOptions): ConnectionOptions {
  return {
    name: owner ?? `penguiflow ${flow}`,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_MS,
    reconnectJitter: RECONNECT_MS,
    ...connection,
  };
}

function unavailable({ servers }: ConnectionOptions, cause: unknown): FlowError {
  const where = [servers ?? '127.0.0.1:4222'].flat().map(withoutSecret).join(', ');
  return new FlowError('CARRIER_UNAVAILABLE', {
    message: `No session with the NATS server at ${where}: ${cause instanceof Error ? cause.message : String(cause)}`,
    metadata: { servers: where },
    cause,
  });
}

/** Without the user and the password that it may have. */
function withoutSecret(server: string): string {
  return server.replace(/^([\w+]+:\/\/)?[^/@]*@/, '$1');
}

function connectionOptions(given: NatsCarrierOptions['connect']): ConnectionOptions {
  const servers = (given instanceof URL ? [given.href] : [given].flat()).filter(isUrl);
  const [first] = servers;
  if (first !== undefined) return { servers: servers.map(withoutSecret), ...secretOf(first) };
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return plain(given as ConnectionOptions);
  throw invalidOption('connect', OWNER, 'the URL of a server, several of them, or options of `connect`', given);
}

function isUrl(server: unknown): server is string {
  return typeof server === 'string' && server !== '';
}

/** The client leaves it to its options; a URL with one name has a token. */
function secretOf(server: string): ConnectionOptions {
  const [, user, pass] = /^(?:[\w+]+:\/\/)?([^/@:]*)(?::([^/@]*))?@/.exec(server) ?? [];
  if (user === undefined) return {};
  return pass === undefined
    ? { token: decodeURIComponent(user) }
    : { user: decodeURIComponent(user), pass: decodeURIComponent(pass) };
}

/** @throws FlowError `INVALID_OPTION` */
function plain(options: ConnectionOptions): ConnectionOptions {
  try {
    return structuredClone(options);
  } catch {
    const hint = 'Give `user` and `pass`, `token`, or `tls` with the names of files.';
    throw invalidOption('connect', OWNER, 'plain data, without functions', options, hint);
  }
}
