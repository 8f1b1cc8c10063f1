import { checkBatch, rowsOfRuns } from './check-batch.js';
import { checkForget, checkLineQuery, checkPin, checkRunQuery, checkRunRef, checkStatsQuery } from './check-query.js';
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
} from './flow-store.js';
import { detailOf, findRun, linesOf } from './memory/run-detail.js';
import type { KeptRun } from './memory/kept-run.js';
import { listRuns } from './memory/list-runs.js';
import { pruneRuns } from './memory/prune-runs.js';
import { RunnerDesk } from './memory/runner-desk.js';
import { RunShelf } from './memory/run-shelf.js';
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
} from './queries.js';
import type { PayloadRow, PlanRow, RunRow, StoreBatch } from './rows.js';
import { runnerOf } from './run-id.js';
import { CLAIMED, STATUSES } from './sql/codes.js';
import { storedCopy, storedText } from './stored-text.js';
import { checkKnown, readCount } from './store-options.js';

/** Options of {@link memoryStore}. */
export interface MemoryStoreOptions {
  /** Runs that are kept; beyond it a twentieth of them goes at once. Runs under way and pinned ones stay. @defaultValue 1,000 */
  readonly maxRuns?: number;
}

const DEFAULT_MAX_RUNS = 1_000;
const MAX_MAX_RUNS = 1_000_000;

/**
 * A store in the memory of the process, gone with it: for tests, for a look at what happens just now, and what other stores are measured by.
 *
 * @throws FlowError `INVALID_OPTION`
 * @example
 * ```ts
 * const store = memoryStore({ maxRuns: 200 });
 * ```
 */
export function memoryStore(options: MemoryStoreOptions = {}): FlowStore {
  checkKnown(options, ['maxRuns'], 'memoryStore');
  return new MemoryStore(readCount('maxRuns', 'memoryStore', options.maxRuns, DEFAULT_MAX_RUNS, MAX_MAX_RUNS));
}

class MemoryStore implements FlowStore {
  readonly #maxRuns: number;
  readonly #shelf = new RunShelf();
  readonly #desk = new RunnerDesk((runner) => this.#shelf.hasOfRunner(runner));
  readonly #plans = new Map<string, PlanRow>();
  #correctedClaims = 0;

  constructor(maxRuns: number) {
    this.#maxRuns = maxRuns;
  }

  async open(init: RunnerInit): Promise<Runner> {
    return this.#desk.open(init);
  }

  async close(atMs: number): Promise<void> {
    this.#interrupt(this.#desk.closeAll(), atMs);
  }

  async write(batch: StoreBatch): Promise<WriteOutcome> {
    const judged = this.#desk.judge(batch);
    if (judged !== 'write') return judged;
    checkBatch(batch);
    for (const plan of (batch.plans ?? []).map(storedCopy)) this.#plans.set(plan.hash, plan);
    for (const row of batch.runs ?? []) this.#writeRun(row);
    for (const [table, row] of rowsOfRuns(batch)) this.#shelf.get(row.runId)?.add(table as 'labels', row as never);
    this.#desk.wrote(batch);
    if (this.#shelf.size > this.#maxRuns) this.#makeRoom();
    return 'stored';
  }

  async heartbeat(runner: Runner & Pick<RunnerInit, 'instance'>): Promise<Heartbeat> {
    return this.#desk.beat(runner);
  }

  async list(query: RunQuery = {}): Promise<RunPage> {
    checkRunQuery(query);
    return listRuns(this.#shelf, storedCopy(query));
  }

  async run(ref: RunRef): Promise<RunDetail | undefined> {
    checkRunRef(ref);
    const run = findRun(this.#shelf, storedCopy(ref));
    return run === undefined ? undefined : detailOf(this.#shelf, run, this.#plans.get(run.row.plan ?? '')?.json);
  }

  async payload(runId: number, messageId: string): Promise<PayloadRow | undefined> {
    const row = this.#shelf.get(runId)?.payloads.get(storedText(messageId));
    return row === undefined ? undefined : storedCopy(row);
  }

  async logs(query: LineQuery): Promise<LinePage> {
    checkLineQuery(query);
    return linesOf(this.#shelf.get(query.runId), query);
  }

  async claimDead(dead: readonly DeadRunner[], atMs: number): Promise<ClaimResult> {
    const runners = this.#desk.claim(dead);
    const runs = this.#interrupt(runners, atMs).map(({ row }) => row);
    return { runners: runners.length, interrupted: runs.length, runs: runs.slice(0, MAX_NAMED) };
  }

  async pin(runId: number, pinned: boolean): Promise<boolean> {
    checkPin(runId, pinned);
    const run = this.#shelf.get(runId);
    run?.pin(pinned);
    return run !== undefined;
  }

  async prune(request: PruneRequest): Promise<PruneResult> {
    return pruneRuns(this.#shelf, request, this.#bytes());
  }

  async forget(request: ForgetRequest): Promise<number> {
    checkForget(request);
    const { traceId, tenant }: { traceId?: string; tenant?: string | undefined } = storedCopy(request);
    const runs = this.#shelf.inOrder.filter(
      ({ row }) => (traceId ?? row.traceId) === row.traceId && (tenant ?? row.tenant) === row.tenant,
    );
    this.#shelf.delete(runs);
    return runs.length;
  }

  async stats(query: StatsQuery = {}): Promise<StoreStats> {
    checkStatsQuery(query);
    const runs = this.#shelf.inOrder;
    return {
      runs: runs.length,
      running: runs.filter(({ row }) => row.status === 'running').length,
      pinned: runs.filter(({ row }) => row.pinned).length,
      attempts: sumOf(runs, ({ attempts }) => attempts.size),
      payloadBytes: sumOf(runs, ({ payloadBytes }) => payloadBytes),
      bytes: this.#bytes(),
      correctedClaims: this.#correctedClaims,
      counters: this.#shelf.counters(storedCopy(query)),
    };
  }

  #writeRun(row: RunRow): void {
    const run = this.#shelf.get(row.runId);
    if (run === undefined) this.#shelf.add(row);
    else {
      const isClaimed = CLAIMED.has(STATUSES.codeOf(run.row.status));
      if (run.row.status !== 'running' && !isClaimed) return;
      if (isClaimed) this.#correctedClaims += 1;
      this.#shelf.update(run, row);
    }
  }

  /** Ends the runs of these runners that are under way. @returns those that are interrupted by it, oldest first: others go on with parts */
  #interrupt(runners: readonly number[], atMs: number): KeptRun[] {
    const runs = this.#shelf.inOrder.filter(
      ({ row }) => row.status === 'running' && runners.includes(runnerOf(row.runId)),
    );
    for (const run of runs) {
      const status = run.row.kind === 'part' ? 'handed_over' : 'interrupted';
      this.#shelf.update(run, { ...run.row, status, endedMs: atMs });
    }
    return runs.filter(({ row }) => row.status === 'interrupted');
  }

  /** More than it must: finding what goes looks at every run. */
  #makeRoom(): void {
    const maxRuns = this.#maxRuns - Math.floor(this.#maxRuns / 20);
    pruneRuns(this.#shelf, { keep: { maxRuns }, nowMs: 0, limit: Infinity }, 0);
  }

  #bytes(): number {
    return sumOf(this.#shelf.inOrder, ({ bytes }) => bytes);
  }
}

function sumOf(runs: readonly KeptRun[], weigh: (run: KeptRun) => number): number {
  return runs.reduce((sum, run) => sum + weigh(run), 0);
}
