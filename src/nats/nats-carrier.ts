import { connect, type ConnectionOptions, type NatsConnection } from '@nats-io/transport-node';

import { FlowError } from '../index.js';
import { invalidOption, rejectUnknownOptions } from '../distributed/option-check.js';
import type { Carrier, CarrierSession, SessionOptions } from '../distributed/index.js';
import { Names } from './names.js';
import { NatsSession } from './nats-session.js';

/** Options of {@link nats}. */
export interface NatsCarrierOptions {
  /** Where the server is: `nats://host:4222`, several of a cluster, or options of `connect` of `@nats-io/transport-node`. */
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
}

const OWNER = 'nats';
const OPTIONS = ['connect', 'namespace', 'replicas'];
const MOST_REPLICAS = 5;
const RECONNECT_MS = 100;

/**
 * A carrier on NATS JetStream: for processes of many machines. Needs a server of version 2.9.10 or newer with JetStream, and the package `@nats-io/transport-node`.
 *
 * What the server has acknowledged survives the end of any process, and of the server as far as its disk has it: how often it syncs says its `sync_interval`.
 *
 * `open` rejects with `CARRIER_UNAVAILABLE` when no server answers. When it goes away later, the state is `down`, and sessions go on when it is back.
 *
 * @throws FlowError `INVALID_OPTION`
 * @example
 * ```ts
 * const carrier = nats({ connect: 'nats://localhost:4222' });
 * ```
 */
export function nats(options: NatsCarrierOptions): Carrier {
  rejectUnknownOptions(options, OPTIONS, OWNER);
  const { namespace = 'default', replicas = 1 } = options;
  const connection = connectionOptions(options.connect);
  if (typeof namespace !== 'string' || !/^[A-Za-z0-9-]{1,64}$/.test(namespace)) {
    throw invalidOption('namespace', OWNER, '1 to 64 letters, digits or `-`', namespace);
  }
  if (!Number.isInteger(replicas) || replicas < 1 || replicas > MOST_REPLICAS) {
    throw invalidOption('replicas', OWNER, `a whole number from 1 to ${MOST_REPLICAS}`, replicas);
  }
  const names = new Names(namespace);
  return Object.freeze({
    name: 'nats',
    open: (session: SessionOptions) => open(connection, names, replicas, session),
  });
}

async function open(
  connection: ConnectionOptions,
  names: Names,
  replicas: number,
  options: SessionOptions,
): Promise<CarrierSession> {
  const opened = await connected(connection, options);
  const session = new NatsSession(opened, names, replicas, options);
  try {
    await session.begin();
  } catch (error) {
    await session.close(0);
    throw error;
  }
  return session;
}

async function connected(options: ConnectionOptions, { flow, owner }: SessionOptions): Promise<NatsConnection> {
  try {
    return await connect({
      name: owner ?? `penguiflow ${flow}`,
      maxReconnectAttempts: -1,
      reconnectTimeWait: RECONNECT_MS,
      reconnectJitter: RECONNECT_MS,
      ...options,
    });
  } catch (cause) {
    const { servers } = options;
    const where = [servers ?? '127.0.0.1:4222'].flat().map(withoutSecret).join(', ');
    throw new FlowError('CARRIER_UNAVAILABLE', {
      message: `No session with the NATS server at ${where}: ${cause instanceof Error ? cause.message : String(cause)}`,
      metadata: { servers: where },
      cause,
    });
  }
}

/** Without the user and the password that it may have. */
function withoutSecret(server: string): string {
  return server.replace(/^([\w+]+:\/\/)?[^/@]*@/, '$1');
}

function connectionOptions(given: NatsCarrierOptions['connect']): ConnectionOptions {
  if (typeof given === 'string' && given !== '') return { servers: given };
  if (given instanceof URL) return { servers: given.href };
  if (Array.isArray(given) && given.length > 0 && given.every((server) => typeof server === 'string')) {
    return { servers: [...given] };
  }
  if (typeof given === 'object' && given !== null && !Array.isArray(given)) return given as ConnectionOptions;
  throw invalidOption('connect', OWNER, 'the URL of a server, several of them, or options of `connect`', given);
}
