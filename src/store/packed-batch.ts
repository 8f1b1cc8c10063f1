import type { AttemptRow, RunRow, StoreBatch } from './rows.js';
import { runIdOf } from './run-id.js';
import { KINDS, OUTCOMES, STATUSES } from './sql/codes.js';

/** Lists of a batch that are rows also while it is packed. */
type PlainTable = Exclude<keyof StoreBatch, 'runner' | 'epoch' | 'number' | 'runs' | 'attempts'>;

/**
 * A batch as history makes it: numbers in columns and a list of texts, so that it costs the flow next to nothing and is quick to hand to
 * a thread. It can be cloned; {@link unpackBatch} makes rows of it, where they are written.
 */
export interface PackedBatch extends Pick<StoreBatch, 'runner' | 'epoch' | 'number'> {
  /** {@link RUN_WIDTH} per run, the last one first, in the order of {@link RUN}; NaN for what is undefined. */
  readonly runs: Float64Array;
  /** {@link ATTEMPT_WIDTH} per attempt, in the order of {@link ATTEMPT}; NaN for what is undefined. */
  readonly attempts: Float64Array;
  /** What the columns name by its place here: names and codes. */
  readonly words: readonly string[];
  /**
   * What the columns name by where it begins here: trace ids, and what errors say. Each is its length, in units, as a little-endian
   * number of {@link TEXT_HEAD} bytes, and its units in little-endian UTF-16.
   */
  readonly texts: Uint8Array;
  /** The other lists; instead of a run's id they have its number within the runner. */
  readonly rows: Pick<StoreBatch, PlainTable>;
}

/** Bytes before a text. */
export const TEXT_HEAD = 4;

/** What stands where among the numbers of a run. */
export const RUN = {
  number: 0,
  flow: 1,
  traceId: 2,
  tenant: 3,
  kind: 4,
  status: 5,
  startedMs: 6,
  endedMs: 7,
  attempts: 8,
  retries: 9,
  errorCode: 10,
  errorNode: 11,
  errorMessage: 12,
  plan: 13,
  parent: 14,
  root: 15,
  replayOf: 16,
  rowsLeftOut: 17,
  rootId: 18,
  arrivalId: 19,
  group: 20,
  workerId: 21,
  redelivered: 22,
} as const;
export const RUN_WIDTH = 23;

/** What stands where among the numbers of an attempt. */
export const ATTEMPT = {
  run: 0,
  seq: 1,
  node: 2,
  attempt: 3,
  parentSeq: 4,
  message: 5,
  sentMs: 6,
  startedMs: 7,
  endedMs: 8,
  outcome: 9,
  queuedIn: 10,
  errorCode: 11,
  error: 12,
} as const;
export const ATTEMPT_WIDTH = 13;

/**
 * The rows of a packed batch.
 *
 * @example
 * ```ts
 * const store: FlowStore = { ...rest, write, writePacked: (packed) => write(unpackBatch(packed)) };
 * ```
 */
export function unpackBatch(packed: PackedBatch): StoreBatch {
  const { runner, epoch, number, runs, attempts, rows } = packed;
  return {
    ...{ runner, epoch, number },
    ...rowsOfRunner(rows, runner),
    ...(runs.length === 0 ? undefined : { runs: unpackRuns(packed) }),
    ...(attempts.length === 0 ? undefined : { attempts: unpackAttempts(packed) }),
  };
}

/** Rows with the numbers of their runs within a runner, as rows of that runner. */
export function rowsOfRunner<Rows extends Partial<StoreBatch>>(rows: Rows, runner: number): Rows {
  const lists = Object.entries(rows).map(([table, list]) => [
    table,
    (list as readonly object[]).map((row) => placed(row, runner)),
  ]);
  return Object.fromEntries(lists) as Rows;
}

const IDS = ['runId', 'parentRun', 'rootRun'] as const;

function placed<Row extends object>(row: Row, runner: number): Row {
  const ids = IDS.flatMap((name) => {
    const number = (row as Partial<Record<(typeof IDS)[number], number>>)[name];
    return number === undefined ? [] : [[name, runIdOf(runner, number)]];
  });
  return { ...row, ...(Object.fromEntries(ids) as Partial<Row>) };
}

function unpackRuns({ runner, runs, words, texts }: PackedBatch): RunRow[] {
  const rows: RunRow[] = [];
  for (let at = runs.length - RUN_WIDTH; at >= 0; at -= RUN_WIDTH) {
    const number = (column: number): number => runs[at + column]!;
    const maybe = (column: number): number | undefined => known(runs[at + column]!);
    const word = (column: number): string | undefined => words[runs[at + column]!];
    const id = (column: number): number | undefined => {
      const run = maybe(column);
      return run === undefined ? undefined : runIdOf(runner, run);
    };
    const rootId = textAt(texts, number(RUN.rootId));
    rows.push({
      runId: runIdOf(runner, number(RUN.number)),
      flow: word(RUN.flow)!,
      traceId: textAt(texts, number(RUN.traceId))!,
      tenant: word(RUN.tenant)!,
      kind: KINDS.wordOf(number(RUN.kind)),
      status: STATUSES.wordOf(number(RUN.status)),
      startedMs: number(RUN.startedMs),
      endedMs: maybe(RUN.endedMs),
      attempts: number(RUN.attempts),
      retries: number(RUN.retries),
      errorCode: word(RUN.errorCode),
      errorNode: word(RUN.errorNode),
      errorMessage: textAt(texts, number(RUN.errorMessage)),
      plan: word(RUN.plan),
      parentRun: id(RUN.parent),
      rootRun: id(RUN.root),
      replayOf: maybe(RUN.replayOf),
      rowsLeftOut: number(RUN.rowsLeftOut),
      part:
        rootId === undefined
          ? undefined
          : {
              rootId,
              arrivalId: textAt(texts, number(RUN.arrivalId)),
              group: word(RUN.group),
              workerId: word(RUN.workerId),
              redelivered: number(RUN.redelivered),
            },
    });
  }
  return rows;
}

function unpackAttempts({ runner, attempts, words, texts }: PackedBatch): AttemptRow[] {
  const rows: AttemptRow[] = [];
  for (let at = 0; at < attempts.length; at += ATTEMPT_WIDTH) {
    const number = (column: number): number => attempts[at + column]!;
    rows.push({
      runId: runIdOf(runner, number(ATTEMPT.run)),
      seq: number(ATTEMPT.seq),
      node: words[number(ATTEMPT.node)]!,
      attempt: number(ATTEMPT.attempt),
      parentSeq: known(number(ATTEMPT.parentSeq)),
      messageId: String(number(ATTEMPT.message)),
      sentMs: number(ATTEMPT.sentMs),
      startedMs: number(ATTEMPT.startedMs),
      endedMs: known(number(ATTEMPT.endedMs)),
      outcome: OUTCOMES.wordOf(number(ATTEMPT.outcome)),
      queuedIn: number(ATTEMPT.queuedIn),
      errorCode: words[number(ATTEMPT.errorCode)],
      error: textAt(texts, number(ATTEMPT.error)),
    });
  }
  return rows;
}

function textAt({ buffer, byteOffset, byteLength }: Uint8Array, place: number): string | undefined {
  if (Number.isNaN(place)) return undefined;
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  const start = place + TEXT_HEAD;
  return bytes.toString('utf16le', start, start + bytes.readUInt32LE(place) * 2);
}

function known(number: number): number | undefined {
  return Number.isNaN(number) ? undefined : number;
}
