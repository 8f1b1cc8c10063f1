import type { LinePage, LineQuery, RunDetail, RunPage, RunQuery, RunRef, StatsQuery, StoreStats } from './queries.js';
import type { PackedBatch } from './packed-batch.js';
import type { PayloadRow, StoreBatch, StoredRun } from './rows.js';

/** The process that writes. */
export interface RunnerInit {
  /** Unlike that of any other: a UUID. */
  readonly instance: string;
  readonly host: string;
  /** Of the system, so that a pid means something; undefined when there is none. */
  readonly bootId: string | undefined;
  readonly pid: number;
  /** Of the package. */
  readonly version: string;
  readonly startedMs: number;
}

/** Who a writer is. */
export interface Runner {
  /** The smallest free number, from 1. */
  readonly runner: number;
  /** Goes up when somebody takes the runner for dead. */
  readonly epoch: number;
}

/** Another runner that has not closed, as it was seen. */
export interface SeenRunner extends Runner, RunnerInit {
  /** Changes with each heartbeat, and is no time: those who look compare it, and use their own clock. */
  readonly beat: number;
}

/** The answer to a heartbeat. */
export interface Heartbeat {
  /** To write under from now on: a higher one when the runner was taken for dead. Undefined: the number is free, or another's; open anew. */
  readonly epoch: number | undefined;
  readonly others: readonly SeenRunner[];
}

/** What became of a batch. `claimed`: nothing is written, as the runner was taken for dead or has closed; a heartbeat says how to go on. */
export type WriteOutcome = 'stored' | 'repeated' | 'claimed';

/** A runner that is dead, as whoever has watched it says. */
export interface DeadRunner {
  readonly runner: number;
  /** As it was seen, like `beat`: when one of them has changed the runner is left alone. */
  readonly epoch: number;
  readonly beat: number;
}

/** What was interrupted. */
export interface ClaimResult {
  /** Runners that this call took. */
  readonly runners: number;
  /** Runs that are `interrupted` now; parts, which are `handed_over`, are not among them. */
  readonly interrupted: number;
  /** The first 100 of those. */
  readonly runs: readonly StoredRun[];
}

/** How long runs stay. What comes first counts. */
export interface KeepPolicy {
  /** Of runs that succeeded, in seconds from their end. @defaultValue for ever */
  readonly successS?: number | undefined;
  /** Of all others, in seconds from their end. @defaultValue for ever */
  readonly failedS?: number | undefined;
  /** @defaultValue no limit */
  readonly maxRuns?: number | undefined;
  /** As `bytes` of the stats. @defaultValue no limit */
  readonly maxBytes?: number | undefined;
}

/** One step of tidying up. */
export interface PruneRequest {
  readonly keep: KeepPolicy;
  /** The time, in milliseconds since the epoch. */
  readonly nowMs: number;
  /** Runs to delete, with those they called; a step ends with the first that reaches it. @defaultValue 500 */
  readonly limit?: number | undefined;
}

/** What a step did. */
export interface PruneResult {
  readonly deleted: number;
  /** There is more to do. */
  readonly more: boolean;
}

/** Whose runs to delete, all tenants' of a trace id unless one is given. */
export type ForgetRequest =
  | { readonly traceId: string; readonly tenant?: string | undefined }
  | { readonly tenant: string };

/**
 * Where history is kept. `memoryStore` is the reference, `storeConformance` of `penguiflow/store/conformance` says whether another one is
 * as good. Each method may be called while others are under way; each sees what was written before it was called. What it gives does not
 * change later, and what it was given may change once its promise is settled.
 *
 * A method that rejects with `STORE_ROW_REFUSED` would do so again; anything else it rejects with is worth another try.
 */
export interface FlowStore {
  /** Brings the store up, and takes a number for whoever writes. May be called again, also after `close()`. */
  open(init: RunnerInit): Promise<Runner>;
  /** Ends all runners that this object opened; their runs under way become `interrupted`, and parts `handed_over`, at `atMs`. Then only `open` may be called. */
  close(atMs: number): Promise<void>;
  /**
   * All or nothing, and once: a batch whose number was stored changes nothing.
   * @throws FlowError `STORE_ROW_REFUSED` for a row that it cannot take, with `table` and `runId` in its metadata
   */
  write(batch: StoreBatch): Promise<WriteOutcome>;
  /**
   * As `write`, of what {@link unpackBatch} makes a batch of: for a store that writes elsewhere, a thread for instance, and unpacks it
   * there. Left out = history unpacks it itself, and calls `write`.
   * @throws FlowError `STORE_ROW_REFUSED`
   */
  writePacked?(packed: PackedBatch): Promise<WriteOutcome>;
  /** Says that a runner lives, and how the others do. */
  heartbeat(runner: Runner & Pick<RunnerInit, 'instance'>): Promise<Heartbeat>;
  /** @throws FlowError `INVALID_OPTION` */
  list(query?: RunQuery): Promise<RunPage>;
  run(ref: RunRef): Promise<RunDetail | undefined>;
  payload(runId: number, messageId: string): Promise<PayloadRow | undefined>;
  /** @throws FlowError `INVALID_OPTION` */
  logs(query: LineQuery): Promise<LinePage>;
  /** Ends the runs of dead runners as `interrupted`, and parts as `handed_over`, each once, whoever says so first. Their end is `atMs`. */
  claimDead(dead: readonly DeadRunner[], atMs: number): Promise<ClaimResult>;
  /** Keeps a run, and those of its root, from tidying up, or no longer. Resolves with whether the run is there. */
  pin(runId: number, pinned: boolean): Promise<boolean>;
  /**
   * Deletes what is too old or too much: succeeded before failed, oldest end first. A run goes with its root and stays while one of them is
   * under way or pinned; one whose root is not there is its own.
   */
  prune(request: PruneRequest): Promise<PruneResult>;
  /**
   * Deletes runs with all their rows at once, pinned ones and those under way, too; resolves with how many. What comes later of a run
   * under way is kept.
   * @throws FlowError `INVALID_OPTION` where neither is given
   */
  forget(request: ForgetRequest): Promise<number>;
  stats(query?: StatsQuery): Promise<StoreStats>;
}
