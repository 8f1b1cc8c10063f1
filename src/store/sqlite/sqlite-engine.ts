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
import type { PayloadRow, StoreBatch } from '../rows.js';
import { compareRuns } from '../run-key.js';
import { BatchWriter } from './batch-writer.js';
import type { Connection } from './connection.js';
import { tidyJournal } from './file-size.js';
import { forgetRuns } from './forget-runs.js';
import { listRuns } from './list-runs.js';
import { NameReader, NameWriter } from './name-table.js';
import { pruneRuns } from './prune-runs.js';
import { RunFamilies } from './run-families.js';
import { RunReader } from './read-run.js';
import { readStats } from './read-stats.js';
import { interruptRuns } from './run-table.js';
import { beatRunner, claimRunner, closeRunner, idsOfRunner, openRunner } from './runner-table.js';
import { Tallies } from './tallies.js';

/** Who opened a runner. */
export type OwnRunner = Pick<RunnerInit, 'instance'> & Pick<Runner, 'runner'>;

/** What writes, over the one connection that does. */
export class SqliteWriter {
  readonly #connection: Connection;
  readonly #names: NameWriter;
  readonly #reader: RunReader;

  constructor(connection: Connection) {
    const { database } = connection;
    this.#connection = connection;
    this.#names = new NameWriter(database);
    this.#reader = new RunReader(connection, new NameReader(database));
  }

  async open(init: RunnerInit): Promise<Runner> {
    return this.#connection.write(() => openRunner(this.#connection.database, init));
  }

  /** Ends these runners. */
  async close(runners: readonly OwnRunner[], atMs: number): Promise<void> {
    const { database } = this.#connection;
    await this.#connection.write(() => {
      const open = runners.filter((runner) => closeRunner(database, runner));
      this.#interrupt(
        open.map(({ runner }) => runner),
        atMs,
      );
    });
    // One of the drivers lets go of the file at some later time only.
    await tidyJournal(this.#connection);
  }

  async write(batch: StoreBatch): Promise<WriteOutcome> {
    try {
      return await this.#connection.write(() => new BatchWriter(this.#connection.database, this.#names).write(batch));
    } catch (error) {
      this.#names.forget();
      throw error;
    }
  }

  async writePacked(packed: PackedBatch): Promise<WriteOutcome> {
    return this.write(unpackBatch(packed));
  }

  async heartbeat(runner: OwnRunner): Promise<Heartbeat> {
    return this.#connection.write(() => beatRunner(this.#connection.database, runner));
  }

  async claimDead(dead: readonly DeadRunner[], atMs: number): Promise<ClaimResult> {
    const { database } = this.#connection;
    return this.#connection.write(() => {
      const runners = dead.filter((runner) => claimRunner(database, runner)).map(({ runner }) => runner);
      const runIds = this.#interrupt(runners, atMs);
      return {
        runners: runners.length,
        interrupted: runIds.length,
        runs: this.#reader.runsById(runIds.slice(0, MAX_NAMED)),
      };
    });
  }

  async pin(runId: number, pinned: boolean): Promise<boolean> {
    const { database } = this.#connection;
    return this.#connection.write(
      () => database.prepare('update run set pinned = ? where run_id = ?').run(Number(pinned), runId) === 1,
    );
  }

  async prune(request: PruneRequest): Promise<PruneResult> {
    return pruneRuns(this.#connection, request);
  }

  async forget(request: ForgetRequest): Promise<number> {
    return forgetRuns(this.#connection, request);
  }

  dispose(): void {
    this.#connection.database.close();
  }

  /** @returns the ids of the runs, oldest first */
  #interrupt(runners: readonly number[], atMs: number): number[] {
    const { database } = this.#connection;
    const context = { tallies: new Tallies(), families: new RunFamilies() };
    const runs = runners.flatMap((runner) => interruptRuns(database, idsOfRunner(runner), atMs, context));
    context.families.write(database);
    context.tallies.write(database);
    return runs.toSorted(compareRuns).map(({ runId }) => runId);
  }
}

/** What reads, over a connection of its own. */
export class SqliteReader {
  readonly #connection: Connection;
  readonly #names: NameReader;
  readonly #runs: RunReader;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#names = new NameReader(connection.database);
    this.#runs = new RunReader(connection, this.#names);
  }

  async list(query: RunQuery): Promise<RunPage> {
    return this.#connection.read(() => listRuns(this.#connection.database, this.#names, query));
  }

  async run(ref: RunRef): Promise<RunDetail | undefined> {
    return this.#connection.read(() => this.#runs.detail(ref));
  }

  async payload(runId: number, messageId: string): Promise<PayloadRow | undefined> {
    return this.#connection.read(() => this.#runs.payload(runId, messageId));
  }

  async logs(query: LineQuery): Promise<LinePage> {
    return this.#connection.read(() => this.#runs.logs(query));
  }

  async stats(query: StatsQuery): Promise<StoreStats> {
    const { database, file } = this.#connection;
    return this.#connection.read(() => readStats(database, this.#names, file, query));
  }

  dispose(): void {
    this.#connection.database.close();
  }
}
