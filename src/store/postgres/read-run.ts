import { DEFAULT_LIMIT, MAX_DETAIL_ROWS, MAX_LIMIT } from '../queries.js';
import type { LinePage, LineQuery, RunDetail, RunRef, StoredMessage } from '../queries.js';
import type { PayloadRow, StoredRun } from '../rows.js';
import { readLineCursor } from '../run-key.js';
import { TENANT } from '../sql/names.js';
import { ATTEMPTS, EVENTS, LABELS, LINES, MESSAGES, PAYLOADS, RUNS, type RowCodec } from '../sql/row-codec.js';
import type { SqlRecord, SqlValue } from '../sql/sql-value.js';
import { storedText } from '../stored-text.js';
import { readCount } from '../store-options.js';
import type { NameBook } from './name-book.js';
import { INDEXED } from './schema.js';
import type { Session } from './session.js';

const OWNER = 'the query of logs()';

/** Reads one run, with all that belongs to it, within a transaction. */
export class RunReader {
  readonly #session: Session;
  readonly #names: NameBook;

  constructor(session: Session, names: NameBook) {
    this.#session = session;
    this.#names = names;
  }

  /** The run that a reference names; of those with a trace id the newest. */
  async detail(ref: RunRef): Promise<RunDetail | undefined> {
    const record = 'runId' in ref ? await this.#byId(ref.runId) : await this.#byTrace(ref);
    if (record === undefined) return undefined;
    const [run] = (await this.#decodeRuns([record])) as [StoredRun];
    const { runId } = run;
    const attempts = await this.#decoded('attempt', 'seq', ATTEMPTS, runId);
    const events = await this.#decoded('event', 'seq', EVENTS, runId);
    const messages = await this.#messages(runId);
    const labels = await this.#decoded('label', 'name', LABELS, runId);
    const children = await this.#children(runId);
    const lists = [attempts, events, messages, children];
    return {
      run,
      plan: await this.#plan(record['plan']),
      labels: labels.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      attempts: attempts.slice(0, MAX_DETAIL_ROWS),
      messages: messages.slice(0, MAX_DETAIL_ROWS),
      events: events.slice(0, MAX_DETAIL_ROWS),
      lines: await this.logs({ runId }),
      children: children.slice(0, MAX_DETAIL_ROWS),
      cut: lists.some(({ length }) => length > MAX_DETAIL_ROWS),
    };
  }

  async payload(runId: number, messageId: string): Promise<PayloadRow | undefined> {
    if (!Number.isSafeInteger(runId)) return undefined;
    const sql = 'select run_id, message_id, bytes from @payload where run_id = ? and message_id = ?';
    const found = await this.#session.get(sql, runId, storedText(messageId));
    return found === undefined
      ? undefined
      : this.#names.decode(this.#session, (textOf) => PAYLOADS.decode(found, textOf));
  }

  /** @throws FlowError `INVALID_OPTION` */
  async logs(query: LineQuery): Promise<LinePage> {
    const limit = readCount('limit', OWNER, query.limit, DEFAULT_LIMIT, MAX_LIMIT);
    const after = query.cursor === undefined ? Number.MIN_SAFE_INTEGER : readLineCursor(query.cursor, OWNER);
    if (!Number.isSafeInteger(query.runId)) return { lines: [], cursor: undefined };
    const found = await this.#session.all(
      'select * from @line where run_id = ? and seq > ? order by seq limit ?',
      query.runId,
      after,
      limit + 1,
    );
    const lines = await this.#decode(LINES, found.slice(0, limit));
    return { lines, cursor: found.length > limit ? String(lines.at(-1)?.seq) : undefined };
  }

  /** In this order. */
  async runsById(runIds: readonly number[]): Promise<StoredRun[]> {
    const found = await this.#session.all('select * from @run where run_id = any(?::int8[])', runIds);
    const byId = new Map((await this.#decodeRuns(found)).map((run) => [run.runId, run]));
    return runIds.flatMap((runId) => byId.get(runId) ?? []);
  }

  async #byId(runId: number): Promise<SqlRecord | undefined> {
    if (!Number.isSafeInteger(runId)) return undefined;
    return this.#session.get('select * from @run where run_id = ?', runId);
  }

  async #byTrace(ref: Exclude<RunRef, { readonly runId: number }>): Promise<SqlRecord | undefined> {
    const traceId = storedText(ref.traceId);
    const terms: [sql: string, values: SqlValue[]][] = [
      [`left(trace_id, ${INDEXED}) = left(?, ${INDEXED}) and trace_id = ?`, [traceId, traceId]],
    ];
    if (ref.tenant !== undefined) {
      const findId = await this.#names.finder(this.#session, [ref.tenant]);
      terms.push(['tenant = ?', [findId(TENANT, ref.tenant) ?? -1]]);
    }
    if (ref.startedMs !== undefined) terms.push(['started = ?', [ref.startedMs]]);
    return this.#session.get(
      `select * from @run where ${terms.map(([sql]) => sql).join(' and ')} order by started desc, run_id desc limit 1`,
      ...terms.flatMap(([, values]) => values),
    );
  }

  async #messages(runId: number): Promise<StoredMessage[]> {
    const found = await this.#session.all(
      `select m.*, octet_length(p.bytes) as payload_bytes from @message m
      left join @payload p on p.run_id = m.run_id and p.message_id = m.message_id
      where m.run_id = ? order by m.id limit ${MAX_DETAIL_ROWS + 1}`,
      runId,
    );
    const messages = await this.#decode(MESSAGES, found);
    return messages.map((message, index): StoredMessage => {
      const bytes = found[index]!['payload_bytes'];
      return { ...message, payloadBytes: bytes === null ? undefined : Number(bytes) };
    });
  }

  async #children(runId: number): Promise<StoredRun[]> {
    const sql = `select * from @run where parent_run = ? order by started, run_id limit ${MAX_DETAIL_ROWS + 1}`;
    return this.#decodeRuns(await this.#session.all(sql, runId));
  }

  async #plan(id: SqlValue | undefined): Promise<string | undefined> {
    if (typeof id !== 'number') return undefined;
    const found = await this.#session.get('select json from @plan where hash = ?', id);
    return found === undefined ? undefined : String(found['json']);
  }

  /** As many as a detail has, and one more, which says that something is cut. */
  async #decoded<Row extends object>(table: string, key: string, codec: RowCodec<Row>, runId: number): Promise<Row[]> {
    const sql = `select * from @${table} where run_id = ? order by ${key} limit ${MAX_DETAIL_ROWS + 1}`;
    return this.#decode(codec, await this.#session.all(sql, runId));
  }

  async #decode<Row extends object>(codec: RowCodec<Row>, records: readonly SqlRecord[]): Promise<Row[]> {
    return this.#names.decode(this.#session, (textOf) => records.map((record) => codec.decode(record, textOf)));
  }

  async #decodeRuns(records: readonly SqlRecord[]): Promise<StoredRun[]> {
    return this.#names.decode(this.#session, (textOf) => records.map((record) => RUNS.decode(record, textOf)));
  }
}
