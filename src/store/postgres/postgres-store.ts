import type {
  ClaimResult,
  DeadRunner,
  FlowStore,
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
import type { PayloadRow, StoreBatch, StoredRun } from '../rows.js';
import { compareRuns, type RunKey } from '../run-key.js';
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
import { beatRunner, claimRunner, closeRunner, openRunner, type OwnRunner } from './runner-table.js';
import type { Session } from './session.js';
import { Tallies } from './tallies.js';
import { Transactions, type Turn } from './transactions.js';

/** How the store reaches its tables. */
export interface PostgresSettings {
  readonly schema: string;
  readonly migrate: Migrate;
  /** Of the program, or what a pool of our own is made with. */
  readonly pool: PostgresPool | { readonly config: object };
}

/** What is there while the store is open. */
interface Opened {
  readonly transactions: Transactions;
  readonly own: OwnPool | undefined;
}

/** A store in Postgres: statements go from the thread of the flow, which does not wait for their answers. */
export class PostgresStore implements FlowStore {
  readonly #settings: PostgresSettings;
  #names = new NameBook();
  #opened: Promise<Opened> | undefined;
  /** Those that `close()` ends. */
  #runners: OwnRunner[] = [];
  /** Batches of a runner are written in the order in which they came. */
  readonly #last = new Map<number, Promise<unknown>>();

  constructor(settings: PostgresSettings) {
    this.#settings = settings;
  }

  async open(init: RunnerInit): Promise<Runner> {
    const runner = await this.#telling(({ transactions }) =>
      transactions.write('alone', (session) => openRunner(session, init)),
    );
    this.#runners.push({ runner: runner.runner, instance: init.instance });
    return runner;
  }

  async close(atMs: number): Promise<void> {
    await Promise.all(this.#last.values());
    const runners = this.#runners;
    await this.#telling(({ transactions }) =>
      transactions.write('alone', async (session) => {
        const open: number[] = [];
        for (const runner of runners) if (await closeRunner(session, runner)) open.push(runner.runner);
        await interrupt(session, open, atMs);
      }),
    );
    this.#runners = [];
    await this.abandon();
  }

  async write(batch: StoreBatch): Promise<WriteOutcome> {
    const before = this.#last.get(batch.runner);
    const mine = (before ?? Promise.resolve()).then(() => this.#write(batch));
    const settled = mine.then(
      () => undefined,
      () => undefined,
    );
    this.#last.set(batch.runner, settled);
    try {
      return await mine;
    } finally {
      if (this.#last.get(batch.runner) === settled) this.#last.delete(batch.runner);
    }
  }

  async heartbeat(runner: Runner & Pick<RunnerInit, 'instance'>): Promise<Heartbeat> {
    return this.#telling(({ transactions }) => transactions.touch((session) => beatRunner(session, runner)));
  }

  async list(query: RunQuery = {}): Promise<RunPage> {
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

  async stats(query: StatsQuery = {}): Promise<StoreStats> {
    return this.#reading((session) => readStats(session, this.#names, query));
  }

  /** Lets go of the database without a word, as the end of the process would. */
  async abandon(): Promise<void> {
    const opening = this.#opened;
    this.#opened = undefined;
    const opened = await opening?.catch(() => undefined);
    await opened?.own?.end();
  }

  /** A row that the server refuses is found by writing the same rows one by one. */
  async #write(batch: StoreBatch): Promise<WriteOutcome> {
    try {
      return await this.#writeInTurn(batch, Infinity);
    } catch (error) {
      if (!isRefusal((error as Error).cause)) throw error;
      return this.#writeInTurn(batch, 1);
    }
  }

  /** Together with others, or alone where it turns out to be needed. */
  async #writeInTurn(batch: StoreBatch, chunk: number): Promise<WriteOutcome> {
    const outcome = await this.#writeRows(batch, chunk, 'shared');
    return outcome === ALONE ? ((await this.#writeRows(batch, chunk, ALONE)) as WriteOutcome) : outcome;
  }

  async #writeRows(batch: StoreBatch, chunk: number, turn: Turn): Promise<WriteOutcome | typeof ALONE> {
    return this.#telling(async ({ transactions }) => {
      const [outcome, keepNames] = await transactions.write(turn, async (session) => {
        const writer = new BatchWriter(session, this.#names, batch, chunk);
        return [await writer.write(turn), writer.keepNames] as const;
      });
      keepNames();
      return outcome;
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
