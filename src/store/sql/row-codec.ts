import type {
  AttemptRow,
  EventRow,
  LabelRow,
  LineRow,
  MessageRow,
  PayloadRow,
  RunPart,
  RunRow,
  StoredRun,
} from '../rows.js';
import { storedText } from '../stored-text.js';
import { KINDS, OUTCOMES, STATUSES, type Codes } from './codes.js';
import { NAME, TENANT, type IdOf, type NameKind, type TextOf } from './names.js';
import type { SqlRecord, SqlValue } from './sql-value.js';

/** How a property becomes a value of a column, and back. */
interface ColumnType {
  write(value: never, idOf: IdOf): SqlValue;
  read(value: never, textOf: TextOf): unknown;
}

const NUMBER: ColumnType = { write: (value: number) => value, read: (value: number) => value };
const TEXT: ColumnType = { write: (value: string) => storedText(value), read: (value: string) => value };
const BYTES: ColumnType = {
  write: (value: Uint8Array) => value,
  read: (value: Uint8Array) => new Uint8Array(value),
};
const NAMED = named(NAME);

/** Property, column, type. */
type ColumnRow = readonly [property: string, column: string, type: ColumnType];

/** The columns of a table, and how its rows are written and read. What is undefined is null there. */
export class RowCodec<Row extends object> {
  readonly columns: readonly string[];
  readonly #rows: readonly ColumnRow[];

  constructor(rows: readonly ColumnRow[]) {
    this.#rows = rows;
    this.columns = rows.map(([, column]) => column);
  }

  /** Throws where a value is none of the column's. */
  encode(row: Row, idOf: IdOf): SqlValue[] {
    return this.#rows.map(([property, , type]) => {
      const value = (row as Record<string, unknown>)[property];
      return value === undefined ? null : type.write(value as never, idOf);
    });
  }

  decode(record: SqlRecord, textOf: TextOf): Row {
    const row: Record<string, unknown> = {};
    for (const [property, column, type] of this.#rows) {
      const value = record[column];
      row[property] = value === null ? undefined : type.read(value as never, textOf);
    }
    return row as Row;
  }
}

export const ATTEMPTS = new RowCodec<AttemptRow>([
  ['runId', 'run_id', NUMBER],
  ['seq', 'seq', NUMBER],
  ['node', 'node', NAMED],
  ['attempt', 'attempt', NUMBER],
  ['parentSeq', 'parent_seq', NUMBER],
  ['messageId', 'message_id', TEXT],
  ['sentMs', 'sent', NUMBER],
  ['startedMs', 'started', NUMBER],
  ['endedMs', 'ended', NUMBER],
  ['outcome', 'outcome', coded(OUTCOMES)],
  ['queuedIn', 'q_in', NUMBER],
  ['errorCode', 'error_code', NAMED],
  ['error', 'error', TEXT],
]);

export const MESSAGES = new RowCodec<MessageRow>([
  ['runId', 'run_id', NUMBER],
  ['messageId', 'message_id', TEXT],
  ['from', 'sender', NAMED],
  ['node', 'node', NAMED],
  ['type', 'type', NAMED],
  ['deadlineMs', 'deadline', NUMBER],
  ['meta', 'meta', TEXT],
  ['preview', 'preview', BYTES],
  ['notKept', 'not_kept', TEXT],
]);

export const PAYLOADS = new RowCodec<PayloadRow>([
  ['runId', 'run_id', NUMBER],
  ['messageId', 'message_id', TEXT],
  ['bytes', 'bytes', BYTES],
]);

export const LABELS = new RowCodec<LabelRow>([
  ['runId', 'run_id', NUMBER],
  ['name', 'name', NAMED],
  ['value', 'value', TEXT],
]);

export const EVENTS = new RowCodec<EventRow>([
  ['runId', 'run_id', NUMBER],
  ['seq', 'seq', NUMBER],
  ['atMs', 'at', NUMBER],
  ['type', 'type', NAMED],
  ['node', 'node', NAMED],
  ['attemptSeq', 'attempt_seq', NUMBER],
  ['detail', 'detail', TEXT],
]);

export const LINES = new RowCodec<LineRow>([
  ['runId', 'run_id', NUMBER],
  ['seq', 'seq', NUMBER],
  ['atMs', 'at', NUMBER],
  ['level', 'level', NAMED],
  ['logger', 'logger', NAMED],
  ['message', 'message', TEXT],
  ['node', 'node', NAMED],
  ['fields', 'fields', TEXT],
]);

/** A run without its part in one that is spread over processes, which is an object. */
const WHOLE_RUNS = new RowCodec<RunRow>([
  ['runId', 'run_id', NUMBER],
  ['flow', 'flow', NAMED],
  ['traceId', 'trace_id', TEXT],
  ['tenant', 'tenant', named(TENANT)],
  ['kind', 'kind', coded(KINDS)],
  ['status', 'status', coded(STATUSES)],
  ['startedMs', 'started', NUMBER],
  ['endedMs', 'ended', NUMBER],
  ['attempts', 'attempts', NUMBER],
  ['retries', 'retries', NUMBER],
  ['errorCode', 'error_code', NAMED],
  ['errorNode', 'error_node', NAMED],
  ['errorMessage', 'error_message', TEXT],
  ['plan', 'plan', NAMED],
  ['parentRun', 'parent_run', NUMBER],
  ['rootRun', 'root_run', NUMBER],
  ['replayOf', 'replay_of', NUMBER],
  ['rowsLeftOut', 'rows_left_out', NUMBER],
]);

const PARTS = new RowCodec<RunPart>([
  ['rootId', 'root_id', TEXT],
  ['arrivalId', 'arrival_id', TEXT],
  ['group', 'grp', NAMED],
  ['workerId', 'worker_id', NAMED],
  ['redelivered', 'redelivered', NUMBER],
]);
const NO_PART: readonly SqlValue[] = PARTS.columns.map(() => null);

/** Those of a run; `pinned` is a column besides. */
export const RUNS = {
  columns: [...WHOLE_RUNS.columns, ...PARTS.columns],
  encode(row: RunRow, idOf: IdOf): SqlValue[] {
    const part = row.part === undefined ? NO_PART : PARTS.encode(row.part, idOf);
    return [...WHOLE_RUNS.encode(row, idOf), ...part];
  },
  decode(record: SqlRecord, textOf: TextOf): StoredRun {
    const part = record['root_id'] === null ? undefined : PARTS.decode(record, textOf);
    return { ...WHOLE_RUNS.decode(record, textOf), part, pinned: record['pinned'] === 1 };
  },
} as const;

/** Columns of a run that stay as they were first, whatever comes later. */
export const FIXED_RUN_COLUMNS: readonly string[] = [
  ...['run_id', 'flow', 'trace_id', 'tenant', 'started', 'root_run'],
];

function named(kind: NameKind): ColumnType {
  return { write: (text: string, idOf) => idOf(kind, text), read: (id: number, textOf) => textOf(id) };
}

function coded<Word extends string>(codes: Codes<Word>): ColumnType {
  return { write: (word: Word) => codes.codeOf(word), read: (code: number) => codes.wordOf(code) };
}
