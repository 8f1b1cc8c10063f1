import { FlowError } from '../../index.js';
import { checkBatch, refusedRow, type RowOf, type TABLES_OF_A_RUN } from '../check-batch.js';
import type { WriteOutcome } from '../flow-store.js';
import type { StoreBatch } from '../rows.js';
import { RUNNING } from '../sql/codes.js';
import { NAME, type IdOf } from '../sql/names.js';
import { ATTEMPTS, EVENTS, LABELS, LINES, MESSAGES, PAYLOADS, RUNS, type RowCodec } from '../sql/row-codec.js';
import type { SqlValue } from '../sql/sql-value.js';
import { storedText } from '../stored-text.js';
import { whyNot } from './array-literal.js';
import { columnarInsert, inChunks, type AtRow } from './columnar.js';
import type { NameBook } from './name-book.js';
import { isRefusal, textOf } from './postgres-error.js';
import { RunFamilies } from './run-families.js';
import { isForeign, readStates, writeRuns, type RunState } from './run-table.js';
import { judgeBatch, noteBatch } from './runner-table.js';
import { WEIGHED, WEIGHTS } from './row-weights.js';
import { kindOf } from './schema.js';
import type { Session } from './session.js';
import { Tallies } from './tallies.js';

type Table = (typeof TABLES_OF_A_RUN)[number];
type Encoded = Readonly<Record<Table | 'runs', SqlValue[][]>> & { readonly plans: readonly (readonly SqlValue[])[] };

const LABEL_COLUMNS = [...LABELS.columns, 'started'];
const INSERT_LABELS = `${columnarInsert('label', LABEL_COLUMNS)} on conflict (run_id, name) do update set value = excluded.value`;
const INSERT_ATTEMPTS = `with w as (
  ${columnarInsert('attempt', ATTEMPTS.columns)} on conflict (run_id, seq) do update set
  ${ATTEMPTS.columns.map((column) => `${column} = excluded.${column}`).join(', ')} where o.outcome = ${RUNNING} returning xmax = 0 as added
) select count(*) filter (where added) as added from w`;
const OUTCOME = ATTEMPTS.columns.indexOf('outcome');

/** What is written once; a row that comes again is left out. */
const ONCE = {
  messages: onceInto('message', MESSAGES.columns, 'message_id', '0'),
  payloads: onceInto('payload', PAYLOADS.columns, 'message_id', 'octet_length(bytes)'),
  events: onceInto('event', EVENTS.columns, 'seq', '0'),
  lines: onceInto('line', LINES.columns, 'seq', '0'),
};

/** It has to be written while nobody else writes. */
export const ALONE = 'alone';

/** A batch, to be written within a transaction. */
export class BatchWriter {
  readonly #session: Session;
  readonly #names: NameBook;
  readonly #batch: StoreBatch;
  readonly #tallies = new Tallies();
  readonly #families = new RunFamilies();
  readonly #chunk: number;
  /** What is being written, to be named when it is refused. */
  #table: string = 'plans';
  #runId = 0;
  /** To be called when the transaction has come to an end. */
  keepNames = (): void => undefined;

  /** @param chunk - rows of a statement; 1 to find the row that the server refuses */
  constructor(session: Session, names: NameBook, batch: StoreBatch, chunk: number) {
    this.#session = session;
    this.#names = names;
    this.#batch = batch;
    this.#chunk = chunk;
  }

  /** @throws FlowError `STORE_ROW_REFUSED` */
  async write(turn: 'shared' | typeof ALONE): Promise<WriteOutcome | typeof ALONE> {
    const { judged, namesEpoch } = await judgeBatch(this.#session, this.#batch);
    if (judged !== 'write') return judged;
    checkBatch(this.#batch);
    const { rows, keep } = await this.#names.encode(this.#session, namesEpoch, (idOf) =>
      this.#encode((kind, text) => {
        if (typeof text !== 'string') throw this.#refused(`a ${typeof text} is no name`);
        return idOf(kind, text);
      }),
    );
    this.keepNames = keep;
    const states = await readStates(this.#session, idsOf(rows));
    if (turn !== ALONE && this.#isForeign(states)) return ALONE;
    try {
      await this.#writeRows(rows, states);
    } catch (error) {
      if (this.#chunk === 1 && isRefusal(error)) throw this.#refused(textOf(error), error);
      throw error;
    }
    await this.#families.write(this.#session);
    await this.#tallies.write(this.#session);
    await noteBatch(this.#session, this.#batch);
    return 'stored';
  }

  #isForeign(states: ReadonlyMap<number, RunState>): boolean {
    const runs = this.#batch.runs ?? [];
    return runs.some(({ runId, rootRun }) => isForeign(runId, rootRun) || isForeign(runId, states.get(runId)?.rootRun));
  }

  /** What the columns do not take is refused here, where the row is known. */
  #encode(idOf: IdOf): Encoded {
    const { plans = [], runs } = this.#batch;
    const encode = <Key extends Table | 'runs'>(
      table: Key,
      codec: Pick<RowCodec<RowOf<Key> & object>, 'columns' | 'encode'>,
      rows: readonly RowOf<Key>[] | undefined,
    ): SqlValue[][] => (rows ?? []).map((row) => this.#encodeRow(table, codec, row as RowOf<Key> & object, idOf));
    this.#table = 'plans';
    return {
      plans: this.#refusing(() =>
        plans.map(({ hash, flow, json }) => [idOf(NAME, hash), idOf(NAME, flow), storedText(json)]),
      ),
      runs: encode('runs', RUNS, runs),
      labels: encode('labels', LABELS, this.#batch.labels),
      attempts: encode('attempts', ATTEMPTS, this.#batch.attempts),
      messages: encode('messages', MESSAGES, this.#batch.messages),
      payloads: encode('payloads', PAYLOADS, this.#batch.payloads),
      events: encode('events', EVENTS, this.#batch.events),
      lines: encode('lines', LINES, this.#batch.lines),
    };
  }

  #encodeRow<Row extends object>(
    table: string,
    codec: Pick<RowCodec<Row>, 'columns' | 'encode'>,
    row: Row,
    idOf: IdOf,
  ): SqlValue[] {
    this.#table = table;
    this.#runId = (row as { readonly runId?: number }).runId ?? 0;
    return this.#refusing(() => {
      const values = codec.encode(row, idOf);
      for (const [place, value] of values.entries()) {
        const column = codec.columns[place]!;
        const why = whyNot(kindOf(column), value);
        if (why !== undefined) throw this.#refused(`${column}: ${why}`);
      }
      return values;
    });
  }

  #refusing<Result>(work: () => Result): Result {
    try {
      return work();
    } catch (error) {
      throw FlowError.is(error) ? error : this.#refused(textOf(error), error);
    }
  }

  #refused(why: string, cause?: unknown): FlowError {
    return refusedRow(this.#table, this.#runId, why, cause);
  }

  async #writeRows(rows: Encoded, states: Map<number, RunState>): Promise<void> {
    await this.#writePlans(rows.plans);
    const runs = (this.#batch.runs ?? []).map((row, index) => [row, rows.runs[index]!] as const);
    const context = { tallies: this.#tallies, families: this.#families };
    await writeRuns(this.#session, runs, states, context, this.#atRow('runs'));
    // Rows of a run that is not there are left out.
    const isThere = ([runId]: readonly SqlValue[]): boolean => states.has(Number(runId));
    await this.#writeLabels(rows.labels.filter(isThere), states);
    await this.#writeAttempts(rows.attempts.filter(isThere));
    for (const table of ['messages', 'payloads', 'events', 'lines'] as const) {
      await this.#writeOnce(table, rows[table].filter(isThere));
    }
  }

  async #writePlans(plans: Encoded['plans']): Promise<void> {
    const last = [...new Map(plans.map((plan) => [plan[0], plan])).values()];
    if (last.length === 0) return;
    this.#table = 'plans';
    await this.#session.run(
      `insert into @plan as o select * from unnest(?::int4[], ?::int4[], ?::text[]) as t(hash, flow, json) order by hash
      on conflict (hash) do update set flow = excluded.flow, json = excluded.json`,
      ...[0, 1, 2].map((place) => last.map((plan) => plan[place])),
    );
  }

  /** The last one of a name counts. */
  async #writeLabels(rows: readonly SqlValue[][], states: ReadonlyMap<number, RunState>): Promise<void> {
    const last = [...new Map(rows.map((row) => [keyOf(row), row])).values()];
    const started = last.map((row) => [...row, states.get(Number(row[0]))!.startedMs]);
    await inChunks(LABEL_COLUMNS, started, this.#atRow('labels'), async (columns) =>
      this.#session.run(INSERT_LABELS, ...columns),
    );
  }

  /** Those that are under way give way to the next one; one statement changes a row but once. */
  async #writeAttempts(rows: readonly SqlValue[][]): Promise<void> {
    const last = new Map<string, SqlValue[]>();
    for (const row of rows) {
      const key = keyOf(row);
      if ((last.get(key)?.[OUTCOME] ?? RUNNING) === RUNNING) last.set(key, row);
    }
    await inChunks(ATTEMPTS.columns, [...last.values()], this.#atRow('attempts'), async (columns) => {
      const added = Number((await this.#session.get(INSERT_ATTEMPTS, ...columns))?.['added']);
      this.#tallies.add('attempts', this.#runId, added);
      this.#tallies.add('bytes', this.#runId, added * WEIGHTS.attempt);
    });
  }

  async #writeOnce(table: keyof typeof ONCE, rows: readonly SqlValue[][]): Promise<void> {
    const { columns, sql } = ONCE[table];
    await inChunks(columns, rows, this.#atRow(table), async (values) => {
      const written = await this.#session.get(sql, ...values);
      this.#tallies.add('bytes', this.#runId, Number(written?.['weight']));
      this.#tallies.add('payload_bytes', this.#runId, Number(written?.['payload']));
    });
  }

  #atRow(table: string): AtRow {
    this.#table = table;
    return Object.assign(
      (runId: number): void => {
        this.#runId = runId;
      },
      { chunk: this.#chunk },
    );
  }
}

function onceInto(
  table: keyof typeof WEIGHED,
  columns: readonly string[],
  key: string,
  payload: string,
): { readonly columns: readonly string[]; readonly sql: string } {
  const insert = `${columnarInsert(table, columns)} on conflict (run_id, ${key}) do nothing`;
  const sql = `with w as (${insert} returning ${WEIGHED[table]} as weight, ${payload} as payload)
    select coalesce(sum(weight), 0) as weight, coalesce(sum(payload), 0) as payload from w`;
  return { columns, sql };
}

/** The first two columns. */
function keyOf(row: readonly SqlValue[]): string {
  return row.slice(0, 2).join(' ');
}

function idsOf({ plans: _, ...tables }: Encoded): number[] {
  return [...new Set(Object.values(tables).flatMap((rows) => rows.map(([runId]) => Number(runId))))];
}
