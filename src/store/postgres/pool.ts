import { FlowError } from '../../index.js';
import { requireFromHere, type Require } from '../sql/require-from-here.js';

/** A query as `pg` takes it. */
interface PostgresQuery {
  readonly text: string;
  readonly values?: unknown[];
  readonly types?: { getTypeParser(oid: number): (text: string) => unknown };
}

/** A connection that was taken out of a pool, as far as the store needs it. */
export interface PostgresClient {
  query(query: PostgresQuery): Promise<{ readonly rows: unknown[]; readonly rowCount: number | null }>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  off(event: 'error', listener: (error: Error) => void): unknown;
  /** With `true` it is closed. */
  release(destroy?: boolean): void;
}

/** A pool of `pg`, as far as the store needs it. */
export interface PostgresPool {
  connect(): Promise<PostgresClient>;
}

/** A pool that the store has made. */
export interface OwnPool extends PostgresPool {
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'connect', listener: (client: PostgresClient) => void): unknown;
  end(): Promise<void>;
}

/** One that writes, and some that read. */
const MAX_CONNECTIONS = 4;

/** What holds unless the configuration says so: nothing waits for ever for a server that is gone. */
const DEFAULTS = {
  max: MAX_CONNECTIONS,
  allowExitOnIdle: true,
  keepAlive: true,
  connectionTimeoutMillis: 10_000,
  query_timeout: 60_000,
  application_name: 'penguiflow',
};

/** @throws FlowError `STORE_DRIVER_MISSING` */
export function openPool(config: object, require: Require = requireFromHere()): OwnPool {
  const { Pool } = loadDriver(require);
  const pool = new Pool({ ...DEFAULTS, ...config });
  // Of a connection that nobody uses; the next one who wants it gets another.
  pool.on('error', () => undefined);
  // It may be cut before whoever asked for it has it in hand.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

function loadDriver(require: Require): { readonly Pool: new (config: object) => OwnPool } {
  try {
    return require('pg') as { readonly Pool: new (config: object) => OwnPool };
  } catch (error) {
    throw new FlowError('STORE_DRIVER_MISSING', {
      message: 'The package "pg", through which `postgresStore` speaks to Postgres, cannot be loaded',
      metadata: { driver: 'pg', node: process.versions.node },
      hint: 'Run `npm install pg`.',
      cause: error,
    });
  }
}
