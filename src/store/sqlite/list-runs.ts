import { DEFAULT_LIMIT, MAX_BY_PREFIX, MAX_COUNTED, MAX_LIMIT, MAX_SCANNED } from '../queries.js';
import type { RunCount, RunPage, RunQuery } from '../queries.js';
import type { StoredRun } from '../rows.js';
import { readCursor, writeCursor, type RunKey } from '../run-key.js';
import { onlyCounters } from '../sql/counter-filter.js';
import { RUNS } from '../sql/row-codec.js';
import { filterOf, type FilterDialect, type LeadKind, type RunFilter } from '../sql/run-filter.js';
import type { SqlRecord, SqlTerm } from '../sql/sql-value.js';
import { readCount } from '../store-options.js';
import { storedText } from '../stored-text.js';
import type { SqlDatabase } from './database.js';
import type { NameReader } from './name-table.js';
import { counterTotal } from './read-stats.js';

const OWNER = 'the query of list()';
/** Runs that one statement looks at. */
const AT_ONCE = 1_000;
/** How long a query looks, and counts, before it answers with what it has, in milliseconds. */
const LOOK_MS = 40;
const COLUMNS = [...RUNS.columns, 'pinned'].map((column) => `r.${column}`).join(', ');

const SOURCES: Readonly<Record<LeadKind, string>> = {
  trace: 'run r indexed by run_trace',
  replay: 'run r indexed by run_replay',
  prefix: 'run r indexed by run_trace',
  label: 'label l indexed by label_value cross join run r on r.run_id = l.run_id',
  code: 'run r indexed by run_code',
  node: 'run r indexed by run_node',
  failed: 'run r indexed by run_failed',
  status: 'run r indexed by run_status',
  tenant: 'run r indexed by run_tenant',
  flow: 'run r indexed by run_flow',
  all: 'run r indexed by run_started',
};

const DIALECT: FilterDialect = {
  labels: 'label',
  // Above all that is in Unicode there is nothing.
  prefixRange: (prefix) => ({
    sql: 'r.trace_id >= ? and r.trace_id <= ?',
    values: [prefix, `${prefix}\u{10ffff}\u{10ffff}`],
  }),
  contains: (text) => ({ sql: 'instr(lower(r.error_message), lower(?)) > 0', values: [text] }),
};

/** @throws FlowError `INVALID_OPTION` */
export function listRuns(database: SqlDatabase, names: NameReader, query: RunQuery): RunPage {
  const limit = readCount('limit', OWNER, query.limit, DEFAULT_LIMIT, MAX_LIMIT);
  const maxScanned = readCount('maxScanned', OWNER, query.maxScanned, MAX_SCANNED, MAX_SCANNED);
  const after = query.cursor === undefined ? undefined : readCursor(query.cursor, OWNER);
  const filter = filterOf(query, names.findId, DIALECT, isRare(database, query.tracePrefix));
  const endMs = performance.now() + LOOK_MS;
  const count = (): RunCount | undefined =>
    query.count === true ? countRuns(database, names, query, filter, endMs) : undefined;
  if (filter === undefined) return { runs: [], cursor: undefined, searchedToMs: undefined, count: count() };
  const scan = new Scan(database, filter, maxScanned, after, endMs);
  const records: SqlRecord[] = [];
  // One more than the page has, so that the last page has no cursor.
  while (records.length <= limit && scan.goesOn()) {
    const part = scan.next();
    records.push(...part.select(COLUMNS, limit + 1 - records.length));
  }
  const runs = records.slice(0, limit).map((record): StoredRun => RUNS.decode(record, names.textOf));
  const last = records.length > limit ? runs.at(-1) : scan.searchedTo;
  return {
    runs,
    cursor: last === undefined ? undefined : writeCursor(last),
    searchedToMs: runs.length < limit ? last?.startedMs : undefined,
    count: count(),
  };
}

/** Whether so few trace ids begin with a text that sorting them costs little. */
function isRare(database: SqlDatabase, prefix = ''): boolean {
  if (prefix === '') return false;
  const { sql, values } = DIALECT.prefixRange(storedText(prefix));
  const found = database
    .prepare(`select count(*) as found from (select 1 from ${SOURCES.prefix} where ${sql} limit ${MAX_BY_PREFIX + 1})`)
    .get(...values);
  return Number(found?.['found']) <= MAX_BY_PREFIX;
}

/** From the counters where they know; else by looking, wherever the page is. */
function countRuns(
  database: SqlDatabase,
  names: NameReader,
  query: RunQuery,
  filter: RunFilter | undefined,
  endMs: number,
): RunCount {
  if (filter === undefined) return { runs: 0, exact: true };
  if (onlyCounters(query)) return { runs: counterTotal(database, names, query), exact: true };
  const scan = new Scan(database, filter, MAX_SCANNED, undefined, endMs);
  let runs = 0;
  while (scan.goesOn()) {
    runs += scan.next().select('r.run_id', MAX_COUNTED + 1 - runs).length;
    if (runs > MAX_COUNTED) return { runs: MAX_COUNTED, exact: false };
  }
  return { runs, exact: scan.searchedTo === undefined };
}

/** Goes through the range of an index, newest first, part by part, until it has looked at enough. */
class Scan {
  readonly #database: SqlDatabase;
  readonly #filter: RunFilter;
  readonly #endMs: number;
  #left: number;
  #after: RunKey | undefined;
  #parts = 0;
  #ended = false;

  constructor(database: SqlDatabase, filter: RunFilter, maxScanned: number, after: RunKey | undefined, endMs: number) {
    this.#endMs = endMs;
    this.#database = database;
    this.#filter = filter;
    this.#left = maxScanned;
    this.#after = after;
  }

  /** The last run that was looked at; undefined at the end of the range. */
  get searchedTo(): RunKey | undefined {
    return this.#ended ? undefined : this.#after;
  }

  goesOn(): boolean {
    // One part in any case, or a slow machine would get nowhere.
    return !this.#ended && this.#left > 0 && (this.#parts === 0 || performance.now() < this.#endMs);
  }

  next(): Part {
    const size = Math.min(AT_ONCE, this.#left);
    const from = this.#after;
    const last = new Part(this.#database, this.#filter, from, undefined).keyAt(size);
    this.#left -= size;
    this.#parts += 1;
    if (last === undefined) this.#ended = true;
    else this.#after = last;
    return new Part(this.#database, this.#filter, from, last);
  }
}

/** A part of a range: behind one key, to another one. */
class Part {
  readonly #database: SqlDatabase;
  readonly #filter: RunFilter;
  readonly #keys: string;
  readonly #bounds: readonly SqlTerm[];

  constructor(database: SqlDatabase, filter: RunFilter, after: RunKey | undefined, to: RunKey | undefined) {
    const alias = filter.lead === 'label' ? 'l' : 'r';
    const key = `(${alias}.started, ${alias}.run_id)`;
    this.#database = database;
    this.#filter = filter;
    this.#keys = `${alias}.started desc, ${alias}.run_id desc`;
    this.#bounds = [
      ...(after === undefined ? [] : [{ sql: `${key} < (?, ?)`, values: [after.startedMs, after.runId] }]),
      ...(to === undefined ? [] : [{ sql: `${key} >= (?, ?)`, values: [to.startedMs, to.runId] }]),
    ];
  }

  /** Of the run at a place; undefined when there is none behind it. */
  keyAt(place: number): RunKey | undefined {
    const found = this.#query('r.started, r.run_id', [...this.#filter.range, ...this.#bounds], 2, place - 1);
    const [last, behind] = found;
    return behind === undefined ? undefined : { startedMs: Number(last?.['started']), runId: Number(last?.['run_id']) };
  }

  select(columns: string, limit: number): SqlRecord[] {
    return this.#query(columns, [...this.#filter.range, ...this.#bounds, ...this.#filter.rest], limit, 0);
  }

  #query(columns: string, terms: readonly SqlTerm[], limit: number, offset: number): SqlRecord[] {
    const where = terms.length === 0 ? '' : `where ${terms.map(({ sql }) => sql).join(' and ')}`;
    const sql = `select ${columns} from ${SOURCES[this.#filter.lead]} ${where} order by ${this.#keys} limit ? offset ?`;
    return this.#database.prepare(sql).all(...terms.flatMap(({ values }) => values), limit, offset);
  }
}
