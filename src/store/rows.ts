import type { RunKind, RunStatus } from '../index.js';

/** What began a run that is kept: as in the flow, or a replay; `part` is a message of a flow that runs in several processes. */
export type StoredKind = RunKind | 'replay';

/**
 * How a run stands: under way, ended as {@link RunStatus} says, or, when its process ended in the middle of it, `interrupted`. A part is
 * `handed_over` then: the carrier gives its message to another process. What has ended doesn't change, but that a runner which was taken
 * for dead corrects these two.
 */
export type StoredStatus = 'running' | RunStatus | 'interrupted' | 'handed_over';

/** How an attempt stands. What was under way in an interrupted run stays `running`. */
export type AttemptOutcome = 'running' | 'succeeded' | 'failed' | 'timeout' | 'cancelled';

/** Where a run stands in work that is spread over processes. Runs of one root are found by trace id, tenant and `rootId`. */
export interface RunPart {
  /** The root that it belongs to; of the run of a client, its own. */
  readonly rootId: string;
  /** The message that came; undefined for the run of a client. */
  readonly arrivalId: string | undefined;
  /** The group of nodes that it came to; undefined for the run of a client. */
  readonly group: string | undefined;
  /** The process that worked on it; undefined for the run of a client. */
  readonly workerId: string | undefined;
  /** 0 for the first delivery of its message. */
  readonly redelivered: number;
}

/** A run. Times are in milliseconds since the epoch, fractions allowed. */
export interface RunRow {
  /** {@link runIdOf} of its runner and its number there. */
  readonly runId: number;
  readonly flow: string;
  readonly traceId: string;
  readonly tenant: string;
  readonly kind: StoredKind;
  readonly status: StoredStatus;
  readonly startedMs: number;
  /** Undefined while it is under way. */
  readonly endedMs: number | undefined;
  readonly attempts: number;
  readonly retries: number;
  /** Code, node and redacted words of the first failure. */
  readonly errorCode: string | undefined;
  readonly errorNode: string | undefined;
  readonly errorMessage: string | undefined;
  /** Hash of the plan of its flow, see {@link PlanRow}. */
  readonly plan: string | undefined;
  /** The run whose node called this one, a playbook's. */
  readonly parentRun: number | undefined;
  /** The run at the top of those; undefined for one that nobody called. It is deleted together with it. */
  readonly rootRun: number | undefined;
  /** The run that it replays. */
  readonly replayOf: number | undefined;
  /** Rows of the run for which there was no room: above 0 it is incomplete. */
  readonly rowsLeftOut: number;
  readonly part: RunPart | undefined;
}

/** A run as it is read. */
export interface StoredRun extends RunRow {
  /** It stays until somebody takes the pin away. */
  readonly pinned: boolean;
}

/** An attempt of a node. */
export interface AttemptRow {
  readonly runId: number;
  /** Number within the run, from 1; with `runId` the key. */
  readonly seq: number;
  readonly node: string;
  /** 0 for the first on its message, as in events. */
  readonly attempt: number;
  /** The attempt that sent the message; undefined when it came from outside. */
  readonly parentSeq: number | undefined;
  readonly messageId: string | undefined;
  /** When the message was sent: until `startedMs` it waited. */
  readonly sentMs: number;
  readonly startedMs: number;
  readonly endedMs: number | undefined;
  readonly outcome: AttemptOutcome;
  /** Messages that waited for the node when it started. */
  readonly queuedIn: number;
  readonly errorCode: string | undefined;
  readonly error: string | undefined;
}

/** A message of a run, without its payload. */
export interface MessageRow {
  readonly runId: number;
  /** With `runId` the key. */
  readonly messageId: string;
  /** The node that sent it; undefined when it came from outside. */
  readonly from: string | undefined;
  /** The node that it went to; undefined for a result. */
  readonly node: string | undefined;
  /** The class of its payload, or the kind of value. */
  readonly type: string;
  readonly deadlineMs: number | undefined;
  /** Its meta as redacted JSON. */
  readonly meta: string | undefined;
  /** A redacted look at the payload, UTF-8. */
  readonly preview: Uint8Array | undefined;
  /** Why the payload is not kept, where it should be. */
  readonly notKept: string | undefined;
}

/** The payload of a message: the real data, as the codec wrote it. */
export interface PayloadRow {
  readonly runId: number;
  readonly messageId: string;
  readonly bytes: Uint8Array;
}

/** What people look for a run by. A later value of a name takes the place of the one before. */
export interface LabelRow {
  readonly runId: number;
  readonly name: string;
  readonly value: string;
}

/** Something that happened in a run besides its attempts. */
export interface EventRow {
  readonly runId: number;
  /** Number within the events of the run; with `runId` the key. */
  readonly seq: number;
  readonly atMs: number;
  /** `retry`, `cancel`, `skip` (a message whose deadline had passed before its turn), or what a person did. */
  readonly type: string;
  readonly node: string | undefined;
  /** `seq` of the attempt. */
  readonly attemptSeq: number | undefined;
  /** More about it, as JSON. */
  readonly detail: string | undefined;
}

/** A log line of a run, redacted. */
export interface LineRow {
  readonly runId: number;
  /** Number within the lines of the run; with `runId` the key, and their order. */
  readonly seq: number;
  readonly atMs: number;
  readonly level: string;
  readonly logger: string;
  readonly message: string;
  readonly node: string | undefined;
  /** Its fields, as JSON. */
  readonly fields: string | undefined;
}

/** The plan of a flow, kept once per hash. */
export interface PlanRow {
  readonly hash: string;
  readonly flow: string;
  readonly json: string;
}

/**
 * What is written at once: all of it or nothing. The row of a run comes before its other rows, or in the same batch; rows of a run that
 * is not there, since it was forgotten, are left out. NUL and lone surrogates in texts are written out, see `storedText`.
 */
export interface StoreBatch {
  readonly runner: number;
  /** That of `open`, or of the last `heartbeat`. */
  readonly epoch: number;
  /** Goes up from batch to batch of a runner, from 1; gaps are fine. One that is no higher than the last stored is a repetition. */
  readonly number: number;
  readonly plans?: readonly PlanRow[];
  /** Also rows of runs that are under way: the last one counts, until it has ended. */
  readonly runs?: readonly RunRow[];
  readonly labels?: readonly LabelRow[];
  /** As with runs. */
  readonly attempts?: readonly AttemptRow[];
  readonly messages?: readonly MessageRow[];
  readonly payloads?: readonly PayloadRow[];
  readonly events?: readonly EventRow[];
  readonly lines?: readonly LineRow[];
}
