import type { AttemptRow, EventRow, LabelRow, LineRow, MessageRow, StoredRun, StoredStatus } from './rows.js';

/** Runs on a page, unless `limit` says so. */
export const DEFAULT_LIMIT = 50;
/** Runs, or lines, that a page may have. */
export const MAX_LIMIT = 1_000;
/** Runs that a claim names. */
export const MAX_NAMED = 100;
/** Runs that one query looks at before it answers with what it has. */
export const MAX_SCANNED = 20_000;
/** Where counting stops under filters for which there are no counters. */
export const MAX_COUNTED = 1_000;
/** Runs that begin with a prefix up to which they are looked for by it, and not among all by time. */
export const MAX_BY_PREFIX = 500;
/** Attempts, messages and events in the detail of a run, each. */
export const MAX_DETAIL_ROWS = 10_000;

/** Which runs: all that is given must hold. Newest first. */
export interface RunQuery {
  readonly flow?: string | undefined;
  readonly status?: StoredStatus | undefined;
  readonly tenant?: string | undefined;
  readonly traceId?: string | undefined;
  /** What the trace id begins with; an empty one is none. */
  readonly tracePrefix?: string | undefined;
  readonly label?: { readonly name: string; readonly value: string } | undefined;
  /** The run that they replay, by its number. */
  readonly replayOf?: number | undefined;
  /** The node of the first failure. */
  readonly node?: string | undefined;
  /** The code of the first failure. */
  readonly code?: string | undefined;
  /** Of a run that failed: part of what its first failure says, A to Z like a to z; an empty one is none. */
  readonly text?: string | undefined;
  /** Started at or after this time, in seconds since the epoch. */
  readonly fromS?: number | undefined;
  /** Started before this time, in seconds since the epoch. */
  readonly toS?: number | undefined;
  /** Ended, and took at least so long, in milliseconds. */
  readonly minMs?: number | undefined;
  /** That of the page before. */
  readonly cursor?: string | undefined;
  /** From 1 to 1,000. @defaultValue 50 */
  readonly limit?: number | undefined;
  /** Counts what matches, whatever the cursor. @defaultValue false */
  readonly count?: boolean | undefined;
  /** Runs to look at before answering with what there is, from 1 to 20,000. @defaultValue 20,000 */
  readonly maxScanned?: number | undefined;
}

/** How many runs match. */
export interface RunCount {
  readonly runs: number;
  /** False when counting stopped there: "1,000+". */
  readonly exact: boolean;
}

/** Some runs, newest first. */
export interface RunPage {
  readonly runs: readonly StoredRun[];
  /** Where to go on; undefined at the end. A page may have fewer runs than `limit`, or none, and a cursor. */
  readonly cursor: string | undefined;
  /** With a cursor on a page that is not full: runs that started after this time, in milliseconds since the epoch, were looked at. */
  readonly searchedToMs: number | undefined;
  /** Undefined unless it was asked for. */
  readonly count: RunCount | undefined;
}

/**
 * Names a run: by id, or by trace id, of which the newest run counts unless its start is given.
 */
export type RunRef =
  | { readonly runId: number }
  | { readonly traceId: string; readonly tenant?: string | undefined; readonly startedMs?: number | undefined };

/** A message as it is read. */
export interface StoredMessage extends MessageRow {
  /** Size of its payload; undefined when none is kept. */
  readonly payloadBytes: number | undefined;
}

/** A run with all that is known of it. */
export interface RunDetail {
  readonly run: StoredRun;
  /** JSON of the plan. */
  readonly plan: string | undefined;
  /** By name. */
  readonly labels: readonly LabelRow[];
  /** By `seq`. */
  readonly attempts: readonly AttemptRow[];
  /** In the order in which they came. */
  readonly messages: readonly StoredMessage[];
  /** By `seq`. */
  readonly events: readonly EventRow[];
  /** The first lines; `logs` has the rest. */
  readonly lines: LinePage;
  /** Runs that its nodes called, oldest first. */
  readonly children: readonly StoredRun[];
  /** More than 10,000 attempts, messages, events or children: the first are there. */
  readonly cut: boolean;
}

/** Which lines of a run. */
export interface LineQuery {
  readonly runId: number;
  readonly cursor?: string | undefined;
  /** From 1 to 1,000. @defaultValue 50 */
  readonly limit?: number | undefined;
}

/** Some lines, in order. */
export interface LinePage {
  readonly lines: readonly LineRow[];
  /** Where to go on; undefined at the end. */
  readonly cursor: string | undefined;
}

/** Which counters. */
export interface StatsQuery {
  readonly flow?: string | undefined;
  /** Hours that end after this time, in seconds since the epoch. */
  readonly fromS?: number | undefined;
  /** Hours that begin before this time, in seconds since the epoch. */
  readonly toS?: number | undefined;
}

/** How many runs of a flow that started within an hour stand so. */
export interface RunCounter {
  readonly flow: string;
  readonly status: StoredStatus;
  /** Start of the hour, in seconds since the epoch. */
  readonly hourS: number;
  readonly runs: number;
}

/** What the store holds. */
export interface StoreStats {
  readonly runs: number;
  readonly running: number;
  readonly pinned: number;
  readonly attempts: number;
  /** Size of the payloads. */
  readonly payloadBytes: number;
  /** Size of everything, as far as the store can tell. */
  readonly bytes: number;
  /** Runs that were taken for interrupted, and that their runner corrected. */
  readonly correctedClaims: number;
  /** Those of {@link StatsQuery}, none of them 0. They agree with the runs that are there: what is deleted is no longer counted. */
  readonly counters: readonly RunCounter[];
}
