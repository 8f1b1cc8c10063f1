import type { DependencySnapshot } from './dependency/dependency-snapshot.js';

/** Where a flow is in its life. */
export type FlowState = 'created' | 'starting' | 'running' | 'draining' | 'stopping' | 'stopped';

/** One node of a {@link FlowSnapshot}. */
export interface NodeSnapshot {
  readonly name: string;
  readonly id: string;
  /** Messages that wait on the floes into the node. */
  readonly queued: number;
  /** Messages that wait on the floes out of the node; results at the egress are in `results` of the flow. */
  readonly queuedOut: number;
  /** Messages that fit on the floes into the node; 0 = unbounded. */
  readonly queueCapacity: number;
  /** Puts that wait for room on them. */
  readonly waitingForRoom: number;
  /** Messages that wait because of `maxPerS`, among those that are queued. */
  readonly throttled: number;
  /** Messages the node holds: running, waiting for a retry, or waiting for room downstream. */
  readonly inFlight: number;
  /** Those of them whose code runs; interrupted attempts are in `late`. */
  readonly running: number;
  /** Results of a join with `timeoutS` that wait for the rest of their parts. */
  readonly waiting: number;
  /** Interrupted attempts whose code still runs. */
  readonly late: number;
  /**
   * Age of the oldest attempt whose code runs, interrupted ones included, in seconds; 0 without one. As in `latency_ms`, its waits
   * for room downstream do not count. To within a second.
   */
  readonly oldestAttemptS: number;
  /** How long the oldest message on the floes into the node has waited, in seconds; 0 without one. To within a second. */
  readonly oldestQueuedS: number;
  /** How messages ended since the start. */
  readonly succeeded: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly skipped: number;
  /** Results of a join that were given up since the start, because what they lacked could not come any more. */
  readonly incomplete: number;
  /** Attempts since the start. */
  readonly retried: number;
  readonly timedOut: number;
  /** How long its code held the event loop since the start where that was longer than `blockedMs`, in seconds; sampled, so at least that. */
  readonly loopBlockedS: number;
}

/** A live view of a flow; a plain object, ready for JSON. */
export interface FlowSnapshot {
  readonly flowName: string;
  readonly state: FlowState;
  /** Active traces. */
  readonly traces: number;
  /** Traces since the start, and those of them that were cancelled. */
  readonly startedTraces: number;
  readonly cancelledTraces: number;
  /** Results that wait to be fetched. */
  readonly results: number;
  /** Further results of traces whose `call` had its answer already. */
  readonly discardedResults: number;
  /** Failures that nobody waited for. */
  readonly unclaimedFailures: number;
  /** Those of them that were kept for a `fetch` and forgotten, because 256 newer ones came. */
  readonly forgottenFailures: number;
  /** Failures of middlewares and listeners, by name. */
  readonly listenerFailures: Readonly<Record<string, number>>;
  readonly nodes: readonly NodeSnapshot[];
  /** What its nodes have called through `ctx.through`, those of its playbooks not included; empty when it has stopped. */
  readonly dependencies: readonly DependencySnapshot[];
  /** The playbooks that its nodes called. */
  readonly playbooks: readonly FlowSnapshot[];
}
