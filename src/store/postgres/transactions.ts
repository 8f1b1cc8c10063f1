import { createHash } from 'node:crypto';

import type { SqlRecord } from '../sql/sql-value.js';
import { sqlStateOf } from './postgres-error.js';
import type { PostgresClient, PostgresPool } from './pool.js';
import { Session } from './session.js';

/** Who may write at the same time: `shared` with others of its kind, `alone` with nobody. */
export type Turn = 'shared' | 'alone';

/** Marks the locks as ours, among those of other programs in the database: "PFlw", and the one of migrations. */
const [WRITE_LOCKS, MIGRATION_LOCKS] = [0x50_46_6c_77, 0x50_46_6c_6d];
/**
 * Of the transaction alone. A process that has stopped in the middle of one must not hold up the others for ever. The planner knows little of
 * a young table: it would read all of it, or compile what is over in a millisecond.
 */
const SETTINGS =
  "set local lock_timeout = '5s'; set local idle_in_transaction_session_timeout = '30s'; set local bytea_output = 'hex'; set local extra_float_digits = 1; set local jit = off; set local enable_seqscan = off";
/** Rows come from an index in its order, or a query would sort all that there is. */
const READ_SETTINGS =
  'set local enable_sort = off; set local enable_bitmapscan = off; set local enable_hashjoin = off; set local enable_mergejoin = off';

/** Transactions over a pool; locks and settings last as long as one of them, so that a pooler between is fine. */
export class Transactions {
  readonly #pool: PostgresPool;
  readonly #schema: string;
  readonly #key: number;

  constructor(pool: PostgresPool, schema: string) {
    this.#pool = pool;
    this.#schema = schema;
    this.#key = createHash('sha256').update(schema).digest().readInt32BE(0);
  }

  /**
   * All of it or nothing.
   * @param first - a statement without values that goes along with those that begin
   */
  async write<Result>(
    turn: Turn,
    body: (session: Session, found: readonly SqlRecord[]) => Promise<Result>,
    first?: string,
  ): Promise<Result> {
    const lock = turn === 'alone' ? 'pg_advisory_xact_lock' : 'pg_advisory_xact_lock_shared';
    const begin = `begin isolation level read committed read write; ${SETTINGS}; select ${lock}(${WRITE_LOCKS}, ${this.#key})`;
    return this.#transaction(first === undefined ? begin : `${begin}; ${first}`, body);
  }

  /** Without a lock against those who write: for one row. */
  async touch<Result>(body: (session: Session) => Promise<Result>): Promise<Result> {
    return this.#transaction(`begin isolation level read committed read write; ${SETTINGS}`, body);
  }

  /** Several statements that see the same. */
  async read<Result>(body: (session: Session) => Promise<Result>): Promise<Result> {
    return this.#transaction(`begin isolation level repeatable read read only; ${SETTINGS}; ${READ_SETTINGS}`, body);
  }

  /** One that starts after another sees what that has done. */
  async migrate<Result>(body: (session: Session) => Promise<Result>): Promise<Result> {
    const begin = `begin isolation level read committed read write; ${SETTINGS}; select pg_advisory_xact_lock(${MIGRATION_LOCKS}, ${this.#key})`;
    return this.#transaction(begin, body);
  }

  async #transaction<Result>(
    begin: string,
    body: (session: Session, found: readonly SqlRecord[]) => Promise<Result>,
  ): Promise<Result> {
    const client = await this.#pool.connect();
    const session = new Session(client, this.#schema);
    // One that is cut between two statements says so as an event, which would end the process if nobody listened.
    client.on('error', ignore);
    let destroy = true;
    try {
      const result = await body(session, await session.exec(begin));
      await session.exec('commit');
      destroy = false;
      return result;
    } catch (error) {
      destroy = !(await rolledBack(session, error));
      throw error;
    } finally {
      free(client, destroy);
    }
  }
}

function free(client: PostgresClient, destroy: boolean): void {
  client.off('error', ignore);
  // What is being closed may still say that it is broken.
  if (destroy) client.on('error', ignore);
  client.release(destroy);
}

/** False: nobody knows what state the connection is in. What no server has said may have left it waiting for an answer. */
async function rolledBack(session: Session, error: unknown): Promise<boolean> {
  const isOurs = !(error instanceof Error) || 'metadata' in error;
  const { severity } = Object(error) as { readonly severity?: unknown };
  if (!isOurs && (sqlStateOf(error) === undefined || severity !== 'ERROR')) return false;
  return session.exec('rollback').then(
    () => true,
    () => false,
  );
}

function ignore(): void {
  // Whoever uses the connection hears of it by a rejection.
}
