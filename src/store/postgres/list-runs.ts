import { DEFAULT_LIMIT, MAX_BY_PREFIX, MAX_COUNTED, MAX_LIMIT, MAX_SCANNED } from '../queries.js';
import type { RunCount, RunPage, RunQuery } from '../queries.js';
import type { StoredRun } from '../rows.js';
import { readCursor, writeCursor, type RunKey } from '../run-key.js';
import { onlyCounters } from '../sql/counter-filter.js';
import type { FindId } from '../sql/names.js';
import { RUNS } from '../sql/row-codec.js';
import { filterOf, type FilterDialect, type LeadKind, type RunFilter } from '../sql/run-filter.js';
import type { SqlRecord, SqlTerm } from '../sql/sql-value.js';
import { storedText } from '../stored-text.js';
import { readCount } from '../store-options.js';
import type { NameBook } from './name-book.js';
import { counterTotal } from './read-stats.js';
import { INDEXED } from './schema.js';
import type { Session } from './session.js';

const OWNER = 'the query of list()';
/** Runs that one statement looks at. */
const AT_ONCE = 1_000;
/** How long a query looks, and counts, before it answers with what it has, in milliseconds. */
const LOOK_MS = 40;
const COLUMNS = [...RUNS.columns, 'pinned'].map((column) => `r.${column}`).join(', ');

const DIALECT: FilterDialect = {
  labels: '@label',
  // Bytes are compared, whatever the collation.
  prefixRange: (prefix) => ({
    sql: `left(r.trace_id, ${INDEXED}) ~>=~ left(?, ${INDEXED}) and left(r.trace_id, ${INDEXED}) ~<=~ ?`,
    values: [
      prefix,
      `${Array.from(prefix)
        .slice(0, INDEXED - 1)
        .join('')}\u{10ffff}`,
    ],
  }),
  contains: (text) => ({
    sql: `strpos(lower(r.error_message collate "C"), lower(? collate "C")) > 0`,
    values: [text],
  }),
};

/** What a page may have, read before anything is asked. */
export interface PageQuery {
  readonly query: RunQuery;
  readonly limit: number;
  readonly maxScanned: number;
  readonly after: RunKey | undefined;
}

/** @throws FlowError `INVALID_OPTION` */
export function readQuery(query: RunQuery): PageQuery {
  return {
    query,
    limit: readCount('limit', OWNER, query.limit, DEFAULT_LIMIT, MAX_LIMIT),
    maxScanned: readCount('maxScanned', OWNER, query.maxScanned, MAX_SCANNED, MAX_SCANNED),
    after: query.cursor === undefined ? undefined : readCursor(query.cursor, OWNER),
  };
}

export async function listRuns(session: Session, names: NameBook, page: PageQuery): Promise<RunPage> {
  const { query, limit, maxScanned, after } = page;
  const { flow, tenant, node, code, label } = query;
  const named = [flow, tenant, node, code, label?.name].filter((name) => name !== undefined);
  const findId = await names.finder(session, named);
  const filter = filterOf(query, findId, DIALECT, await isRare(session, query.tracePrefix));
  const endMs = performance.now() + LOOK_MS;
  const count = async (): Promise<RunCount | undefined> =>
    query.count === true ? countRuns(session, findId, query, filter, endMs) : undefined;
  if (filter === undefined) return { runs: [], cursor: undefined, searchedToMs: undefined, count: await count() };
  const scan = new Scan(session, filter, maxScanned, after, endMs);
  const records: SqlRecord[] = [];
  // One more than the page has, so that the last page has no cursor.
  while (records.length <= limit && scan.goesOn()) {
    records.push(...(await scan.select(COLUMNS, limit + 1 - records.length)));
  }
  const found = records.slice(0, limit);
  const runs = await names.decode(session, (textOf) => found.map((row): StoredRun => RUNS.decode(row, textOf)));
  const last = records.length > limit ? runs.at(-1) : scan.searchedTo;
  return {
    runs,
    cursor: last === undefined ? undefined : writeCursor(last),
    searchedToMs: runs.length < limit ? last?.startedMs : undefined,
    count: await count(),
  };
}

/** Whether so few trace ids begin with a text that sorting them costs little. */
async function isRare(session: Session, prefix = ''): Promise<boolean> {
  if (prefix === '') return false;
  const { sql, values } = DIALECT.prefixRange(storedText(prefix));
  const few = `select 1 from @run r where ${sql} limit ${MAX_BY_PREFIX + 1}`;
  const [found] = await session.all(`select count(*) as found from (${few}) f`, ...values);
  return Number(found?.['found']) <= MAX_BY_PREFIX;
}

/** From the counters where they know; else by looking, wherever the page is. */
async function countRuns(
  session: Session,
  findId: FindId,
  query: RunQuery,
  filter: RunFilter | undefined,
  endMs: number,
): Promise<RunCount> {
  if (filter === undefined) return { runs: 0, exact: true };
  if (onlyCounters(query)) return { runs: await counterTotal(session, findId, query), exact: true };
  const scan = new Scan(session, filter, MAX_SCANNED, undefined, endMs);
  let runs = 0;
  while (scan.goesOn()) {
    runs += (await scan.select('r.run_id', MAX_COUNTED + 1 - runs)).length;
    if (runs > MAX_COUNTED) return { runs: MAX_COUNTED, exact: false };
  }
  return { runs, exact: scan.searchedTo === undefined };
}

/** Goes through the range of an index, newest first, part by part, until it has looked at enough. */
class Scan {
  readonly #session: Session;
  readonly #filter: RunFilter;
  readonly #range: readonly SqlTerm[];
  readonly #endMs: number;
  readonly #source: string;
  readonly #alias: 'l' | 'r';
  #left: number;
  #after: RunKey | undefined;
  #parts = 0;
  #ended = false;

  constructor(session: Session, filter: RunFilter, maxScanned: number, after: RunKey | undefined, endMs: number) {
    this.#session = session;
    this.#filter = filter;
    this.#range = [...indexTerms(filter), ...filter.range];
    this.#endMs = endMs;
    this.#left = maxScanned;
    this.#after = after;
    this.#alias = filter.lead === 'label' ? 'l' : 'r';
    this.#source = filter.lead === 'label' ? '@label l join @run r on r.run_id = l.run_id' : '@run r';
  }

  /** The last run that was looked at; undefined at the end of the range. */
  get searchedTo(): RunKey | undefined {
    return this.#ended ? undefined : this.#after;
  }

  goesOn(): boolean {
    // One part in any case, or a slow machine would get nowhere.
    return !this.#ended && this.#left > 0 && (this.#parts === 0 || performance.now() < this.#endMs);
  }

  /** What matches in the next part, so many at the most. */
  async select(columns: string, limit: number): Promise<SqlRecord[]> {
    const size = Math.min(AT_ONCE, this.#left);
    this.#parts += 1;
    // Where all that is looked at matches, the first so many are the answer.
    if (this.#filter.rest.length === 0 && limit <= this.#left) {
      const records = await this.#query(columns, this.#terms(this.#after, undefined), limit, 0);
      if (records.length < limit) this.#ended = true;
      this.#left = 0;
      return records;
    }
    const from = this.#after;
    const to = await this.#keyAt(size);
    this.#left -= size;
    if (to === undefined) this.#ended = true;
    else this.#after = to;
    return this.#query(columns, [...this.#terms(from, to), ...this.#filter.rest], limit, 0);
  }

  /** Of the run at a place; undefined when there is none behind it. */
  async #keyAt(place: number): Promise<RunKey | undefined> {
    const [last, behind] = await this.#query('r.started, r.run_id', this.#terms(this.#after, undefined), 2, place - 1);
    return behind === undefined ? undefined : { startedMs: Number(last?.['started']), runId: Number(last?.['run_id']) };
  }

  /** Behind one key, to another one. */
  #terms(after: RunKey | undefined, to: RunKey | undefined): SqlTerm[] {
    const key = `(${this.#alias}.started, ${this.#alias}.run_id)`;
    return [
      ...this.#range,
      ...(after === undefined ? [] : [{ sql: `${key} < (?, ?)`, values: [after.startedMs, after.runId] }]),
      ...(to === undefined ? [] : [{ sql: `${key} >= (?, ?)`, values: [to.startedMs, to.runId] }]),
    ];
  }

  async #query(columns: string, terms: readonly SqlTerm[], limit: number, offset: number): Promise<SqlRecord[]> {
    const where = terms.length === 0 ? '' : `where ${terms.map(({ sql }) => sql).join(' and ')}`;
    const order = `${this.#alias}.started desc, ${this.#alias}.run_id desc`;
    const sql = `select ${columns} from ${this.#source} ${where} order by ${order} limit ? offset ?`;
    return this.#session.all(sql, ...terms.flatMap(({ values }) => values), limit, offset);
  }
}

/** What else is looked for by the beginning of a text. */
const TEXTS: { readonly [Lead in LeadKind]?: string } = { part: 'r.root_id', trace: 'r.trace_id', label: 'l.value' };

/** An index has the beginning of a text only. */
function indexTerms({ lead, range: [term] }: RunFilter): SqlTerm[] {
  const text = term?.values.at(-1);
  const column = TEXTS[lead];
  if (column === undefined || typeof text !== 'string') return [];
  return [{ sql: `left(${column}, ${INDEXED}) = left(?, ${INDEXED})`, values: [storedText(text)] }];
}
