import { checkBatch, refusedRow, type RowOf } from '../check-batch.js';
import type { WriteOutcome } from '../flow-store.js';
import type { AttemptRow, LabelRow, StoreBatch } from '../rows.js';
import { NAME } from '../sql/names.js';
import { RUNNING } from '../sql/codes.js';
import { ATTEMPTS, EVENTS, LABELS, LINES, MESSAGES, PAYLOADS, type RowCodec } from '../sql/row-codec.js';
import { storedText } from '../stored-text.js';
import { resultCode, RESULT, type SqlDatabase } from './database.js';
import type { NameWriter } from './name-table.js';
import { RunFamilies } from './run-families.js';
import { writeRun } from './run-table.js';
import { judgeBatch, noteBatch } from './runner-table.js';
import { Tallies } from './tallies.js';

/** What SQLite says of a value that a column does not take. */
const REFUSALS: ReadonlySet<number | undefined> = new Set([
  RESULT.TOOBIG,
  RESULT.CONSTRAINT,
  RESULT.MISMATCH,
  RESULT.RANGE,
]);

const INSERT_ATTEMPT = `${insertInto('attempt', ATTEMPTS)} on conflict (run_id, seq) do nothing`;
const UPDATE_ATTEMPT = `update attempt set ${ATTEMPTS.columns.map((column) => `${column} = ?`).join(', ')}
  where run_id = ? and seq = ? and outcome = ${RUNNING}`;
const INSERT_LABEL = `insert into label (run_id, name, value, started) values (?, ?, ?, ?)
  on conflict (run_id, name) do update set value = excluded.value`;
const INSERT_MESSAGE = `${insertInto('message', MESSAGES)} on conflict (run_id, message_id) do nothing`;
const INSERT_PAYLOAD = `${insertInto('payload', PAYLOADS)} on conflict (run_id, message_id) do nothing`;
const INSERT_EVENT = `${insertInto('event', EVENTS)} on conflict (run_id, seq) do nothing`;
const INSERT_LINE = `${insertInto('line', LINES)} on conflict (run_id, seq) do nothing`;

/** Writes one batch, within a transaction. */
export class BatchWriter {
  readonly #database: SqlDatabase;
  readonly #names: NameWriter;
  readonly #tallies = new Tallies();
  readonly #families = new RunFamilies();
  /** The start of a run; undefined when it is not there. */
  readonly #starts = new Map<number, number | undefined>();
  /** What is being written, to be named when it is refused. */
  #table = '';
  #runId = 0;

  constructor(database: SqlDatabase, names: NameWriter) {
    this.#database = database;
    this.#names = names;
  }

  /** @throws FlowError `STORE_ROW_REFUSED` */
  write(batch: StoreBatch): WriteOutcome {
    const judged = judgeBatch(this.#database, batch);
    if (judged !== 'write') return judged;
    checkBatch(batch);
    this.#names.refresh();
    try {
      this.#writeRows(batch);
    } catch (error) {
      const code = resultCode(error);
      // What is no error of SQLite comes from a value that could not even be bound.
      if (code !== undefined && !REFUSALS.has(code)) throw error;
      throw refusedRow(this.#table, this.#runId, error instanceof Error ? error.message : String(error), error);
    }
    this.#families.write(this.#database);
    this.#tallies.write(this.#database);
    noteBatch(this.#database, batch);
    return 'stored';
  }

  #writeRows(batch: StoreBatch): void {
    const { idOf } = this.#names;
    const context = { tallies: this.#tallies, families: this.#families };
    for (const plan of batch.plans ?? []) {
      this.#at('plans', 0);
      this.#database
        .prepare(
          'insert into plan values (?, ?, ?) on conflict do update set flow = excluded.flow, json = excluded.json',
        )
        .run(idOf(NAME, plan.hash), idOf(NAME, plan.flow), storedText(plan.json));
    }
    for (const row of batch.runs ?? []) {
      this.#at('runs', row.runId);
      if (writeRun(this.#database, row, idOf, context)) this.#starts.set(row.runId, row.startedMs);
    }
    this.#each('labels', batch.labels, (row, startedMs) => this.#writeLabel(row, startedMs));
    this.#each('attempts', batch.attempts, (row) => this.#writeAttempt(row));
    this.#each('messages', batch.messages, (row) => this.#insert(INSERT_MESSAGE, MESSAGES, row));
    this.#each('payloads', batch.payloads, (row) => {
      if (this.#insert(INSERT_PAYLOAD, PAYLOADS, row)) this.#tallies.add('payload_bytes', row.bytes.length);
    });
    this.#each('events', batch.events, (row) => this.#insert(INSERT_EVENT, EVENTS, row));
    this.#each('lines', batch.lines, (row) => this.#insert(INSERT_LINE, LINES, row));
  }

  /** Rows of a run that is not there are left out. */
  #each<Table extends keyof StoreBatch>(
    table: Table,
    rows: readonly RowOf<Table>[] | undefined,
    write: (row: RowOf<Table>, startedMs: number) => unknown,
  ): void {
    for (const row of rows ?? []) {
      const { runId } = row as { readonly runId: number };
      this.#at(table, runId);
      const startedMs = this.#startOf(runId);
      if (startedMs !== undefined) write(row, startedMs);
    }
  }

  #writeLabel(row: LabelRow, startedMs: number): void {
    this.#database.prepare(INSERT_LABEL).run(...LABELS.encode(row, this.#names.idOf), startedMs);
  }

  #writeAttempt(row: AttemptRow): void {
    if (this.#insert(INSERT_ATTEMPT, ATTEMPTS, row)) this.#tallies.add('attempts', 1);
    else this.#database.prepare(UPDATE_ATTEMPT).run(...ATTEMPTS.encode(row, this.#names.idOf), row.runId, row.seq);
  }

  /** @returns whether it is new */
  #insert<Row extends object>(sql: string, codec: RowCodec<Row>, row: Row): boolean {
    return this.#database.prepare(sql).run(...codec.encode(row, this.#names.idOf)) === 1;
  }

  #startOf(runId: number): number | undefined {
    if (!this.#starts.has(runId)) {
      const found = this.#database.prepare('select started from run where run_id = ?').get(runId);
      this.#starts.set(runId, found === undefined ? undefined : Number(found['started']));
    }
    return this.#starts.get(runId);
  }

  #at(table: string, runId: number): void {
    this.#table = table;
    this.#runId = runId;
  }
}

function insertInto(table: string, { columns }: { readonly columns: readonly string[] }): string {
  return `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`;
}
