import type { ActionTaken, Answered, RunItem } from './api.js';

/** The events of `api/stream`, by name; `data` is one line of JSON. */
export interface StreamEvents {
  /** First, and once a second; a slow client gets only the newest. */
  readonly snapshot: LiveSnapshot;
  /** Lines of this process that came since the last time, oldest first. */
  readonly lines: LiveLines;
  /** An action that somebody took. */
  readonly action: ActionTaken;
}

export interface LiveSnapshot extends Answered {
  readonly atMs: number;
  readonly flows: readonly LiveFlow[];
  readonly history: LiveHistory;
}

export interface LiveFlow {
  readonly name: string;
  /** `created`, `starting`, `running`, `draining`, `stopping`, `stopped`. */
  readonly state: string;
  readonly ready: boolean;
  /** What a stall says; null when nothing is stalled. */
  readonly stalled: string | null;
  /** Runs under way. */
  readonly active: number;
  /** Since the flow began. */
  readonly started: number;
  /** Per second, over the last seconds; null until it has been sampled twice. */
  readonly rate: number | null;
  readonly failureRate: number | null;
  /** Runs that failed in the last five minutes, as long as somebody looks. */
  readonly failures: number;
  readonly retries: number;
  readonly nodes: readonly LiveNode[];
  readonly dependencies: readonly LiveDependency[];
  /** The last runs that failed, newest first, at most 20. */
  readonly latestFailures: readonly RunItem[];
}

export interface LiveNode {
  readonly name: string;
  readonly queued: number;
  /** 0 = unbounded. */
  readonly capacity: number;
  readonly running: number;
  /** Waiting for a retry, for room downstream, for parts, for its rate: all that is held and does not run. */
  readonly held: number;
  /** Successes per second; null until it has been sampled twice. */
  readonly rate: number | null;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly succeeded: number;
  readonly failed: number;
  readonly retried: number;
  readonly timedOut: number;
  readonly oldestAttemptS: number;
  readonly oldestQueuedS: number;
  /** It failed in the last ten seconds. */
  readonly failing: boolean;
  readonly stuck: boolean;
  /** Attempts by how long they took, since somebody looks: bucket i counts those up to `HISTOGRAM_MS[i]`, the last one all above. */
  readonly histogram: readonly number[];
}

/** Upper ends of the buckets of {@link LiveNode.histogram}, in milliseconds. */
export const HISTOGRAM_MS: readonly number[] = [
  ...[0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500],
  ...[1_000, 2_000, 5_000, 10_000, 20_000, 60_000],
];

export interface LiveDependency {
  readonly name: string;
  /** `closed`, `open`, `half-open`, or `none` without a breaker. */
  readonly breaker: string;
}

export interface LiveHistory {
  /** Rows that wait to be stored. */
  readonly waitingRows: number;
  readonly shedTraces: number;
  readonly rejectedRows: number;
  /** Why the store takes nothing just now; null when it does. */
  readonly degraded: string | null;
}

export interface LiveLines extends Answered {
  readonly lines: readonly LineView[];
  /** Lines that did not come along, because there were too many. */
  readonly leftOut: number;
}

export interface LineView {
  readonly atMs: number;
  readonly level: string;
  readonly logger: string;
  readonly message: string;
  readonly flow: string | null;
  readonly node: string | null;
  readonly traceId: string | null;
  readonly tenant: string | null;
  /** JSON of its other fields, redacted; null when there are none. */
  readonly fields: string | null;
}
