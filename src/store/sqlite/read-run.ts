import { DEFAULT_LIMIT, MAX_DETAIL_ROWS, MAX_LIMIT } from '../queries.js';
import type { LinePage, LineQuery, RunDetail, RunRef, StoredMessage } from '../queries.js';
import type { PayloadRow, StoredRun } from '../rows.js';
import { readLineCursor } from '../run-key.js';
import { NAME, TENANT } from '../sql/names.js';
import { ATTEMPTS, EVENTS, LABELS, LINES, MESSAGES, PAYLOADS, RUNS, type RowCodec } from '../sql/row-codec.js';
import type { SqlRecord, SqlValue } from '../sql/sql-value.js';
import { storedText } from '../stored-text.js';
import { readCount } from '../store-options.js';
import type { Connection } from './connection.js';
import type { SqlDatabase } from './database.js';
import type { NameReader } from './name-table.js';

const OWNER = 'the query of logs()';
/** Rows that one statement reads. */
const AT_ONCE = 1_000;

/** Reads one run, with all that belongs to it. */
export class RunReader {
  readonly #connection: Connection;
  readonly #database: SqlDatabase;
  readonly #names: NameReader;

  constructor(connection: Connection, names: NameReader) {
    this.#connection = connection;
    this.#database = connection.database;
    this.#names = names;
  }

  /** The run that a reference names; of those with a trace id the newest. */
  detail(ref: RunRef): RunDetail | undefined {
    const run = 'runId' in ref ? this.#byId(ref.runId) : this.#byTrace(ref);
    if (run === undefined) return undefined;
    const { runId } = run;
    const attempts = this.#decoded('attempt', 'seq', ATTEMPTS, runId);
    const events = this.#decoded('event', 'seq', EVENTS, runId);
    const messages = this.#messages(runId);
    const children = this.#children(runId);
    const lists = [attempts, events, messages, children];
    return {
      run,
      plan: this.#plan(run.plan),
      labels: this.#decoded('label', 'name', LABELS, runId).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      attempts: attempts.slice(0, MAX_DETAIL_ROWS),
      messages: messages.slice(0, MAX_DETAIL_ROWS),
      events: events.slice(0, MAX_DETAIL_ROWS),
      lines: this.logs({ runId }),
      children: children.slice(0, MAX_DETAIL_ROWS),
      cut: lists.some(({ length }) => length > MAX_DETAIL_ROWS),
    };
  }

  payload(runId: number, messageId: string): PayloadRow | undefined {
    const found = this.#database
      .prepare('select run_id, message_id, bytes from payload where run_id = ? and message_id = ?')
      .get(runId, storedText(messageId));
    return found === undefined ? undefined : PAYLOADS.decode(found, this.#names.textOf);
  }

  /** @throws FlowError `INVALID_OPTION` */
  logs(query: LineQuery): LinePage {
    const limit = readCount('limit', OWNER, query.limit, DEFAULT_LIMIT, MAX_LIMIT);
    const after = query.cursor === undefined ? Number.MIN_SAFE_INTEGER : readLineCursor(query.cursor, OWNER);
    const found = this.#database
      .prepare('select * from line where run_id = ? and seq > ? order by seq limit ?')
      .all(query.runId, after, limit + 1);
    const lines = found.slice(0, limit).map((record) => LINES.decode(record, this.#names.textOf));
    return { lines, cursor: found.length > limit ? String(lines.at(-1)?.seq) : undefined };
  }

  runsById(runIds: readonly number[]): StoredRun[] {
    return runIds.flatMap((runId) => this.#byId(runId) ?? []);
  }

  #byId(runId: number): StoredRun | undefined {
    const found = this.#database.prepare('select * from run where run_id = ?').get(runId);
    return found === undefined ? undefined : this.#decodeRun(found);
  }

  #byTrace({ traceId, tenant, startedMs }: Exclude<RunRef, { readonly runId: number }>): StoredRun | undefined {
    const terms: [sql: string, value: SqlValue][] = [['trace_id = ?', storedText(traceId)]];
    if (tenant !== undefined) terms.push(['tenant = ?', this.#names.findId(TENANT, tenant) ?? -1]);
    if (startedMs !== undefined) terms.push(['started = ?', startedMs]);
    const where = terms.map(([sql]) => sql).join(' and ');
    const found = this.#database
      .prepare(`select * from run indexed by run_trace where ${where} order by started desc, run_id desc limit 1`)
      .get(...terms.map(([, value]) => value));
    return found === undefined ? undefined : this.#decodeRun(found);
  }

  #messages(runId: number): StoredMessage[] {
    const sql = `select m.*, length(p.bytes) as payload_bytes from message m
      left join payload p on p.run_id = m.run_id and p.message_id = m.message_id
      where m.run_id = ? and m.id > ? order by m.id limit ?`;
    return this.#all(sql, [runId], ({ id }) => [id!], [-1]).map((record): StoredMessage => {
      const payloadBytes = record['payload_bytes'] === null ? undefined : Number(record['payload_bytes']);
      return { ...MESSAGES.decode(record, this.#names.textOf), payloadBytes };
    });
  }

  #children(runId: number): StoredRun[] {
    const sql = `select * from run where parent_run = ? and (started, run_id) > (?, ?) order by started, run_id limit ?`;
    return this.#all(sql, [runId], ({ started, run_id: id }) => [started!, id!], [-Number.MAX_VALUE, 0]).map((record) =>
      this.#decodeRun(record),
    );
  }

  #plan(hash: string | undefined): string | undefined {
    const id = hash === undefined ? undefined : this.#names.findId(NAME, hash);
    const found = id === undefined ? undefined : this.#database.prepare('select json from plan where hash = ?').get(id);
    return found === undefined ? undefined : String(found['json']);
  }

  #decoded<Row extends object>(table: string, key: string, codec: RowCodec<Row>, runId: number): Row[] {
    const sql = `select * from ${table} where run_id = ? and ${key} > ? order by ${key} limit ?`;
    return this.#all(sql, [runId], (record) => [record[key]!], [Number.MIN_SAFE_INTEGER]).map((record) =>
      codec.decode(record, this.#names.textOf),
    );
  }

  /** As many as a detail has, and one more, which says that something is cut. */
  #all(
    sql: string,
    values: readonly SqlValue[],
    keyOf: (record: SqlRecord) => SqlValue[],
    first: readonly SqlValue[],
  ): SqlRecord[] {
    const found: SqlRecord[] = [];
    let key = first;
    while (found.length <= MAX_DETAIL_ROWS) {
      const part = this.#database.prepare(sql).all(...values, ...key, AT_ONCE);
      for (const record of part) found.push(record);
      if (part.length < AT_ONCE) break;
      key = keyOf(part.at(-1)!);
      this.#connection.breathe();
    }
    return found;
  }

  #decodeRun(record: SqlRecord): StoredRun {
    return RUNS.decode(record, this.#names.textOf);
  }
}
