import { inspect } from 'node:util';

import { FlowError } from '../index.js';
import type { FlowStore } from './flow-store.js';
import { whatStaysBehind } from './postgres/cloneable-config.js';
import type { PostgresPool } from './postgres/pool.js';
import { PostgresStore } from './postgres/postgres-store.js';
import { checkKnown, invalidStoreOption } from './store-options.js';
import { workerFile } from './thread/worker-file.js';

/** Options of {@link postgresStore}: how to reach the database, by one of `url`, `config` and `pool`. */
export interface PostgresStoreOptions {
  /** The database, as `postgres://user:password@host:5432/database`. */
  readonly url?: string;
  /** What `Pool` of `pg` takes; it has four connections unless `max` says so. Functions in it, as that of a password, need `worker: 'inline'`. */
  readonly config?: object;
  /**
   * A pool of `pg` that you have; you end it yourself, after `close()`, and listen to its `error` events. It cannot leave its thread, so rows
   * are encoded and sent there.
   */
  readonly pool?: PostgresPool;
  /**
   * The schema with the tables, nothing else. Up to 63 bytes.
   * @defaultValue `'penguiflow'`
   */
  readonly schema?: string;
  /**
   * `auto` makes the tables, and changes them when a new version needs it. `check` needs no right to do so, and says what is missing.
   * `never` takes it for granted that they are right.
   * @defaultValue `'auto'`
   */
  readonly migrate?: 'auto' | 'check' | 'never';
  /**
   * The file that its thread runs, where a bundler has put it: the thread encodes what is written, and has the connections. `inline` does all
   * of it in the thread of the flow, as a `pool` does. What the program has set in `pg.defaults` holds there alone.
   * @defaultValue `penguiflow/store/postgres-worker`, beside this module
   */
  readonly worker?: URL | 'inline';
}

const OWNER = 'postgresStore';
const WAYS = ['url', 'config', 'pool'] as const;
const OPTIONS: readonly string[] = [...WAYS, 'schema', 'migrate', 'worker'];
const MIGRATE = ['auto', 'check', 'never'];
/** Longer names are cut by Postgres, without an error. */
const LONGEST_NAME = 63;

/**
 * A store in a Postgres database, version 12 or newer, which any number of processes may share. It speaks through the package `pg`, which you
 * install; a transaction pooler may stand between.
 *
 * Its methods reject with `STORE_DRIVER_MISSING` where `pg` is not there, with `STORE_SCHEMA_UNSUPPORTED` where the tables are not those it
 * needs, and with `STORE_UNAVAILABLE` where another try may help: the server is away, another program holds a lock for 5 s,
 * its disk is full. A file that is not there for its thread is `STORE_WORKER_MISSING`.
 *
 * @throws FlowError `INVALID_OPTION`
 * @example
 * ```ts
 * const store = postgresStore({ url: 'postgres://shop@db.example/shop' });
 * ```
 * @example With a pool of the program, as a role that may not create tables
 * ```ts
 * const store = postgresStore({ pool: new Pool(), schema: 'shop_history', migrate: 'check' });
 * ```
 */
export function postgresStore(options: PostgresStoreOptions): FlowStore {
  checkKnown(options, OPTIONS, OWNER);
  const { url, config, pool, schema = 'penguiflow', migrate = 'auto' } = options;
  const [way, other] = WAYS.filter((key) => options[key] !== undefined);
  if (way === undefined) throw invalidStoreOption('url', OWNER, 'given, or `config`, or `pool`', undefined);
  if (other !== undefined) throw invalidStoreOption(other, OWNER, `left out beside \`${way}\``, options[other]);
  // Not shown: there may be a password in it.
  if (url !== undefined && !isUrl(url))
    throw invalidStoreOption('url', OWNER, 'a URL that begins with postgres:', url === '' ? url : {});
  if (config !== undefined && (typeof config !== 'object' || config === null)) {
    throw invalidStoreOption('config', OWNER, 'an object', config);
  }
  if (pool !== undefined && typeof (Object(pool) as Partial<PostgresPool>).connect !== 'function') {
    throw invalidStoreOption('pool', OWNER, 'a pool of pg', pool);
  }
  if (
    typeof schema !== 'string' ||
    schema === '' ||
    schema.includes('\0') ||
    Buffer.byteLength(schema) > LONGEST_NAME
  ) {
    throw invalidStoreOption('schema', OWNER, `a name of at most ${LONGEST_NAME} bytes`, schema);
  }
  // Those belong to Postgres.
  if (/^pg_|^information_schema$/.test(schema)) {
    throw invalidStoreOption('schema', OWNER, 'a schema of its own', schema);
  }
  if (!MIGRATE.includes(migrate)) throw invalidStoreOption('migrate', OWNER, `one of ${inspect(MIGRATE)}`, migrate);
  const settings = { schema, migrate };
  const worker = workerFile(OWNER, options.worker, import.meta);
  if (pool !== undefined) {
    if (options.worker instanceof URL)
      throw invalidStoreOption('worker', OWNER, 'left out beside `pool`', options.worker);
    return new PostgresStore({ ...settings, pool, worker: 'inline' });
  }
  const own = { ...(config ?? { connectionString: url }) };
  if (worker !== 'inline') refuseWhatStaysBehind(own);
  return new PostgresStore({ ...settings, pool: { config: own }, worker });
}

function refuseWhatStaysBehind(config: object): void {
  const option = whatStaysBehind(config);
  if (option === undefined) return;
  throw new FlowError('INVALID_OPTION', {
    message: `Expected \`${option}\` of ${OWNER} to be what can be copied into its thread: texts, numbers, lists, plain objects, bytes`,
    metadata: { option, owner: OWNER },
    hint: "Do without the thread: `worker: 'inline'`; or make the pool yourself, and pass it as `pool`.",
  });
}

function isUrl(url: unknown): boolean {
  return typeof url === 'string' && /^postgres(?:ql)?:/.test(url) && URL.canParse(url);
}
