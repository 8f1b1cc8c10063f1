import { FlowError } from '../../index.js';
import { checkBatch, refusedRow, TABLES_OF_A_RUN, type RowOf } from '../check-batch.js';
import type { WriteOutcome } from '../flow-store.js';
import type { StoreBatch } from '../rows.js';
import { RUNNING } from '../sql/codes.js';
import { NAME, type IdOf } from '../sql/names.js';
import { ATTEMPTS, EVENTS, LABELS, LINES, MESSAGES, PAYLOADS, RUNS, type RowCodec } from '../sql/row-codec.js';
import type { SqlValue } from '../sql/sql-value.js';
import { storedText } from '../stored-text.js';
import { whyNot } from './array-literal.js';
import { columnarInsert, inChunks, insertNew, type AtRow } from './columnar.js';
import type { NameBook } from './name-book.js';
import { isRefusal, textOf } from './postgres-error.js';
import { RunFamilies } from './run-families.js';
import { isForeign, readStates, RunChanges, type RunState } from './run-table.js';
import { noting, type Judged } from './runner-table.js';
import { WEIGHED, WEIGHTS } from './row-weights.js';
import { kindOf } from './schema.js';
import type { Session } from './session.js';
import { Tallies } from './tallies.js';

type Table = (typeof TABLES_OF_A_RUN)[number];
/** A batch with the rows that come of it. */
type Encoded = Readonly<Record<Table | 'runs', SqlValue[][]>> & {
  readonly batch: StoreBatch;
  readonly plans: readonly (readonly SqlValue[])[];
};

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

/** Batches of one runner, to be written within a transaction: as if one after the other, with a statement for each table. */
export class BatchWriter {
  readonly #session: Session;
  readonly #names: NameBook;
  readonly #batches: readonly StoreBatch[];
  readonly #tallies = new Tallies();
  readonly #families = new RunFamilies();
  readonly #chunk: number;
  /** What is being written, to be named when it is refused. */
  #table: string = 'plans';
  #runId = 0;
  /** To be called when the transaction has come to an end. */
  keepNames = (): void => undefined;

  /** @param chunk - rows of a statement; 1 to find the row that the server refuses */
  constructor(session: Session, names: NameBook, batches: readonly StoreBatch[], chunk: number) {
    this.#session = session;
    this.#names = names;
    this.#batches = batches;
    this.#chunk = chunk;
  }

  /** @throws FlowError `STORE_ROW_REFUSED` */
  async write(
    { lastBatch, namesEpoch }: Judged,
    turn: 'shared' | typeof ALONE,
  ): Promise<readonly WriteOutcome[] | typeof ALONE> {
    const last = this.#batches.at(-1)!;
    if (lastBatch === undefined) return this.#batches.map(() => 'claimed');
    const isNew = ({ number }: StoreBatch): boolean => number > lastBatch;
    const outcomes = this.#batches.map((batch) => (isNew(batch) ? 'stored' : 'repeated'));
    if (!isNew(last)) return outcomes;
    const batches = this.#batches.filter(isNew);
    for (const batch of batches) checkBatch(batch);
    const { rows, keep } = await this.#names.encode(this.#session, namesEpoch, (idOf) => {
      const checked: IdOf = (kind, text) => {
        if (typeof text !== 'string') throw this.#refused(`a ${typeof text} is no name`);
        return idOf(kind, text);
      };
      return batches.map((batch) => this.#encode(batch, checked));
    });
    this.keepNames = keep;
    const states = await readStates(this.#session, [...new Set(rows.flatMap(idsOf))], this.#families);
    if (turn !== ALONE && batches.some((batch) => isForeignTo(batch, states))) return ALONE;
    try {
      await this.#writeRows(rows, states);
    } catch (error) {
      if (this.#chunk === 1 && isRefusal(error)) throw this.#refused(textOf(error), error);
      throw error;
    }
    await this.#families.write(this.#session);
    await this.#session.exec([...this.#tallies.statements(), noting(last)].join('; '));
    return outcomes;
  }

  /** What the columns do not take is refused here, where the row is known. */
  #encode(batch: StoreBatch, idOf: IdOf): Encoded {
    const { plans = [], runs } = batch;
    const encode = <Key extends Table | 'runs'>(
      table: Key,
      codec: Pick<RowCodec<RowOf<Key> & object>, 'columns' | 'encode'>,
      rows: readonly RowOf<Key>[] | undefined,
    ): SqlValue[][] => (rows ?? []).map((row) => this.#encodeRow(table, codec, row as RowOf<Key> & object, idOf));
    this.#table = 'plans';
    return {
      batch,
      plans: this.#refusing(() =>
        plans.map(({ hash, flow, json }) => [idOf(NAME, hash), idOf(NAME, flow), storedText(json)]),
      ),
      runs: encode('runs', RUNS, runs),
      labels: encode('labels', LABELS, batch.labels),
      attempts: encode('attempts', ATTEMPTS, batch.attempts),
      messages: encode('messages', MESSAGES, batch.messages),
      payloads: encode('payloads', PAYLOADS, batch.payloads),
      events: encode('events', EVENTS, batch.events),
      lines: encode('lines', LINES, batch.lines),
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

  async #writeRows(encoded: readonly Encoded[], states: Map<number, RunState>): Promise<void> {
    const changes = new RunChanges(states, { tallies: this.#tallies, families: this.#families });
    const none = TABLES_OF_A_RUN.map((table): [Table, SqlValue[][]] => [table, []]);
    const there = Object.fromEntries(none) as Record<Table, SqlValue[][]>;
    for (const rows of encoded) {
      for (const [index, run] of (rows.batch.runs ?? []).entries()) changes.add(run, rows.runs[index]!);
      // Rows of a run that is not there are left out.
      for (const table of TABLES_OF_A_RUN) {
        for (const row of rows[table]) if (states.has(Number(row[0]))) there[table].push(row);
      }
    }
    await this.#writePlans(encoded.flatMap(({ plans }) => plans));
    await changes.write(this.#session, this.#atRow('runs'));
    await this.#writeLabels(there.labels, states);
    await this.#writeAttempts(there.attempts, changes);
    for (const table of ['messages', 'payloads', 'events', 'lines'] as const) {
      await this.#writeOnce(table, there[table]);
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
  async #writeAttempts(rows: readonly SqlValue[][], changes: RunChanges): Promise<void> {
    const last = new Map<string, SqlValue[]>();
    for (const row of rows) {
      const key = keyOf(row);
      if ((last.get(key)?.[OUTCOME] ?? RUNNING) === RUNNING) last.set(key, row);
    }
    // Looking for what they could meet takes the server twice as long.
    const isNew = ([runId]: readonly SqlValue[]): boolean => this.#chunk > 1 && changes.isNew(Number(runId));
    const unmet = [...last.values()].filter(isNew);
    if (unmet.length > 0) {
      await insertNew(this.#session, 'attempt', ATTEMPTS.columns, unmet, this.#atRow('attempts'));
      this.#countAttempts(unmet.length);
    }
    const others = [...last.values()].filter((row) => !isNew(row));
    await inChunks(ATTEMPTS.columns, others, this.#atRow('attempts'), async (columns) => {
      this.#countAttempts(Number((await this.#session.get(INSERT_ATTEMPTS, ...columns))?.['added']));
    });
  }

  #countAttempts(added: number): void {
    this.#tallies.add('attempts', this.#runId, added);
    this.#tallies.add('bytes', this.#runId, added * WEIGHTS.attempt);
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
function keyOf([runId, second]: readonly SqlValue[]): string {
  return `${String(runId)} ${String(second)}`;
}

function idsOf(rows: Encoded): number[] {
  return ['runs' as const, ...TABLES_OF_A_RUN].flatMap((table) => rows[table].map(([runId]) => Number(runId)));
}

/** Whether it takes part in a family of another runner. */
function isForeignTo({ runs = [] }: StoreBatch, states: ReadonlyMap<number, RunState>): boolean {
  return runs.some(({ runId, rootRun }) => isForeign(runId, rootRun) || isForeign(runId, states.get(runId)?.rootRun));
}
