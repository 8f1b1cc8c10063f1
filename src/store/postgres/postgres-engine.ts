import type {
  ClaimResult,
  DeadRunner,
  ForgetRequest,
  Heartbeat,
  PruneRequest,
  PruneResult,
  Runner,
  RunnerInit,
  WriteOutcome,
} from '../flow-store.js';
import {
  MAX_NAMED,
  type LinePage,
  type LineQuery,
  type RunDetail,
  type RunPage,
  type RunQuery,
  type RunRef,
  type StatsQuery,
  type StoreStats,
} from '../queries.js';
import { unpackBatch, type PackedBatch } from '../packed-batch.js';
import type { PayloadRow, StoreBatch, StoredRun } from '../rows.js';
import { compareRuns, type RunKey } from '../run-key.js';
import { BatchQueue } from './batch-queue.js';
import { ALONE, BatchWriter } from './batch-writer.js';
import { forgetRuns } from './forget-runs.js';
import { listRuns, readQuery } from './list-runs.js';
import { prepareSchema, type Migrate } from './migrate.js';
import { NameBook } from './name-book.js';
import { openPool, type OwnPool, type PostgresPool } from './pool.js';
import { fromPostgres, isRefusal } from './postgres-error.js';
import { pruneRuns } from './prune-runs.js';
import { RunFamilies } from './run-families.js';
import { RunReader } from './read-run.js';
import { readStats } from './read-stats.js';
import { interruptRuns } from './run-table.js';
import { beatRunner, claimRunner, closeRunner, judged, judging, openRunner, type OwnRunner } from './runner-table.js';
import type { SqlRecord } from '../sql/sql-value.js';
import type { Session } from './session.js';
import { Tallies } from './tallies.js';
import { Transactions, type Turn } from './transactions.js';

/** How the engine reaches its tables. */
export interface EngineSettings {
  readonly schema: string;
  readonly migrate: Migrate;
  /** Of the program, or what a pool of our own is made with. */
  readonly pool: PostgresPool | { readonly config: object };
}

/** What is there while the engine is open. */
interface Opened {
  readonly transactions: Transactions;
  readonly own: OwnPool | undefined;
}

/** All that the store does with its tables, over the connections of one pool, in the thread in which it was made. */
export class PostgresEngine {
  readonly #settings: EngineSettings;
  #names = new NameBook();
  #opened: Promise<Opened> | undefined;
  readonly #batches = new BatchQueue((batches) => this.#write(batches));

  constructor(settings: EngineSettings) {
    this.#settings = settings;
  }

  async open(init: RunnerInit): Promise<Runner> {
    return this.#telling(({ transactions }) => transactions.write('alone', (session) => openRunner(session, init)));
  }

  /** Ends these runners, after what they have written. */
  async close(runners: readonly OwnRunner[], atMs: number): Promise<void> {
    await this.#batches.settled();
    await this.#telling(({ transactions }) =>
      transactions.write('alone', async (session) => {
        const open: number[] = [];
        for (const runner of runners) if (await closeRunner(session, runner)) open.push(runner.runner);
        await interrupt(session, open, atMs);
      }),
    );
  }

  async write(batch: StoreBatch): Promise<WriteOutcome> {
    return this.#batches.write(batch);
  }

  async writePacked(packed: PackedBatch): Promise<WriteOutcome> {
    return this.write(unpackBatch(packed));
  }

  async heartbeat(runner: OwnRunner): Promise<Heartbeat> {
    return this.#telling(({ transactions }) => transactions.touch((session) => beatRunner(session, runner)));
  }

  async list(query: RunQuery): Promise<RunPage> {
    const page = readQuery(query);
    return this.#reading((session) => listRuns(session, this.#names, page));
  }

  async run(ref: RunRef): Promise<RunDetail | undefined> {
    return this.#reading((session) => new RunReader(session, this.#names).detail(ref));
  }

  async payload(runId: number, messageId: string): Promise<PayloadRow | undefined> {
    return this.#reading((session) => new RunReader(session, this.#names).payload(runId, messageId));
  }

  async logs(query: LineQuery): Promise<LinePage> {
    return this.#reading((session) => new RunReader(session, this.#names).logs(query));
  }

  async claimDead(dead: readonly DeadRunner[], atMs: number): Promise<ClaimResult> {
    return this.#telling(({ transactions }) =>
      transactions.write('alone', async (session) => {
        const runners: number[] = [];
        for (const runner of dead) if (await claimRunner(session, runner)) runners.push(runner.runner);
        const runs = await interrupt(session, runners, atMs);
        const named = runs.slice(0, MAX_NAMED).map(({ runId }) => runId);
        return { runners: runners.length, interrupted: runs.length, runs: await this.#runsById(session, named) };
      }),
    );
  }

  async pin(runId: number, pinned: boolean): Promise<boolean> {
    if (!Number.isSafeInteger(runId)) return false;
    return this.#telling(({ transactions }) =>
      transactions.write('shared', async (session) => {
        return (await session.run('update @run set pinned = ? where run_id = ?', Number(pinned), runId)) === 1;
      }),
    );
  }

  async prune(request: PruneRequest): Promise<PruneResult> {
    return this.#telling(({ transactions }) => pruneRuns(transactions, request));
  }

  async forget(request: ForgetRequest): Promise<number> {
    return this.#telling(({ transactions }) => forgetRuns(transactions, request));
  }

  async stats(query: StatsQuery): Promise<StoreStats> {
    return this.#reading((session) => readStats(session, this.#names, query));
  }

  /** Lets go of the database without a word, as the end of the process would. */
  async dispose(): Promise<void> {
    const opening = this.#opened;
    this.#opened = undefined;
    const opened = await opening?.catch(() => undefined);
    await opened?.own?.end();
  }

  /** A row that the server refuses is found by writing the same rows one by one. */
  async #write(batches: readonly StoreBatch[]): Promise<readonly WriteOutcome[]> {
    try {
      return await this.#writeInTurn(batches, Infinity);
    } catch (error) {
      if (!isRefusal((error as Error).cause)) throw error;
      return this.#writeInTurn(batches, 1);
    }
  }

  /** Together with others, or alone where it turns out to be needed. */
  async #writeInTurn(batches: readonly StoreBatch[], chunk: number): Promise<readonly WriteOutcome[]> {
    const outcomes = await this.#writeRows(batches, chunk, 'shared');
    if (outcomes !== ALONE) return outcomes;
    return (await this.#writeRows(batches, chunk, ALONE)) as readonly WriteOutcome[];
  }

  async #writeRows(
    batches: readonly StoreBatch[],
    chunk: number,
    turn: Turn,
  ): Promise<readonly WriteOutcome[] | typeof ALONE> {
    return this.#telling(async ({ transactions }) => {
      const write = async (session: Session, found: readonly SqlRecord[]) => {
        const writer = new BatchWriter(session, this.#names, batches, chunk);
        return [await writer.write(judged(found), turn), writer.keepNames] as const;
      };
      const [outcomes, keepNames] = await transactions.write(turn, write, judging(batches[0]!));
      keepNames();
      return outcomes;
    });
  }

  async #runsById(session: Session, runIds: readonly number[]): Promise<StoredRun[]> {
    return runIds.length === 0 ? [] : new RunReader(session, this.#names).runsById(runIds);
  }

  async #reading<Result>(body: (session: Session) => Promise<Result>): Promise<Result> {
    return this.#telling(({ transactions }) => transactions.read(body));
  }

  /** What Postgres says, in words of ours. */
  async #telling<Result>(work: (opened: Opened) => Promise<Result>): Promise<Result> {
    try {
      return await work(await this.#open());
    } catch (error) {
      throw fromPostgres(error, this.#settings.schema);
    }
  }

  async #open(): Promise<Opened> {
    this.#opened ??= this.#start();
    const opening = this.#opened;
    try {
      return await opening;
    } catch (error) {
      if (this.#opened === opening) this.#opened = undefined;
      throw error;
    }
  }

  async #start(): Promise<Opened> {
    const { schema, migrate, pool } = this.#settings;
    const own = 'config' in pool ? openPool(pool.config) : undefined;
    const transactions = new Transactions(own ?? (pool as PostgresPool), schema);
    try {
      await prepareSchema(transactions, schema, migrate);
    } catch (error) {
      await own?.end();
      throw error;
    }
    // Another database may be there since, in which names have other numbers.
    this.#names = new NameBook();
    return { transactions, own };
  }
}

/** Ends what is under way of runners. @returns the runs, oldest first */
async function interrupt(session: Session, runners: readonly number[], atMs: number): Promise<RunKey[]> {
  const context = { tallies: new Tallies(), families: new RunFamilies() };
  const runs: RunKey[] = [];
  for (const runner of runners) {
    for (const run of await interruptRuns(session, runner, atMs, context)) runs.push(run);
  }
  await context.families.write(session);
  await context.tallies.write(session);
  return runs.toSorted(compareRuns);
}
