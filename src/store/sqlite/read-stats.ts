import type { RunCounter, RunQuery, StatsQuery, StoreStats } from '../queries.js';
import { RUNNING, STATUSES } from '../sql/codes.js';
import { NAME } from '../sql/names.js';
import type { SqlValue } from '../sql/sql-value.js';
import { bytesOnDisk } from './file-size.js';
import type { SqlDatabase } from './database.js';
import type { NameReader } from './name-table.js';

const HOUR_S = 3_600;

/** What the store holds, from counters. */
export function readStats(database: SqlDatabase, names: NameReader, file: string, query: StatsQuery): StoreStats {
  const meta = new Map(
    database
      .prepare('select key, value from meta')
      .all()
      .map(({ key, value }) => [key, Number(value)]),
  );
  const runs = database
    .prepare(`select sum(runs) as runs, sum(runs) filter (where status = ${RUNNING}) as running from counter`)
    .get();
  const pinned = database.prepare('select count(*) as pinned from run indexed by run_pinned where pinned = 1').get();
  return {
    runs: Number(runs?.['runs'] ?? 0),
    running: Number(runs?.['running'] ?? 0),
    pinned: Number(pinned?.['pinned']),
    attempts: meta.get('attempts') ?? 0,
    payloadBytes: meta.get('payload_bytes') ?? 0,
    bytes: bytesOnDisk(file),
    correctedClaims: meta.get('corrected_claims') ?? 0,
    counters: readCounters(database, names, query),
  };
}

/** Whether the counters know how many runs match. */
export function onlyCounters({ tenant, traceId, label, node, code, minMs, fromS, toS }: RunQuery): boolean {
  const others = [tenant, traceId, label, node, code, minMs];
  const wholeHours = [fromS ?? 0, toS ?? 0].every((timeS) => timeS % HOUR_S === 0);
  return wholeHours && others.every((filter) => filter === undefined);
}

export function counterTotal(database: SqlDatabase, names: NameReader, query: RunQuery): number {
  const { where, values } = counterFilter(names, query);
  return Number(database.prepare(`select sum(runs) as runs from counter where ${where}`).get(...values)?.['runs'] ?? 0);
}

function readCounters(database: SqlDatabase, names: NameReader, query: StatsQuery): RunCounter[] {
  const { where, values } = counterFilter(names, query);
  const found = database.prepare(`select flow, status, hour, runs from counter where ${where}`).all(...values);
  return found
    .map(({ flow, status, hour, runs }): RunCounter => {
      return {
        ...{ flow: names.textOf(Number(flow)), status: STATUSES.wordOf(Number(status)) },
        ...{ hourS: Number(hour), runs: Number(runs) },
      };
    })
    .toSorted((a, b) => a.hourS - b.hourS || compareTexts(a.flow, b.flow) || compareTexts(a.status, b.status));
}

/** What is not named anywhere matches nothing. */
function counterFilter(
  names: NameReader,
  { flow, status, fromS, toS }: Pick<RunQuery, 'flow' | 'status' | 'fromS' | 'toS'>,
): { readonly where: string; readonly values: SqlValue[] } {
  const terms: [sql: string, value: SqlValue][] = [];
  if (flow !== undefined) terms.push(['flow = ?', names.findId(NAME, flow) ?? -1]);
  if (status !== undefined) terms.push(['status = ?', STATUSES.find(status) ?? -1]);
  if (fromS !== undefined) terms.push([`hour > ? - ${HOUR_S}`, fromS]);
  if (toS !== undefined) terms.push(['hour < ?', toS]);
  return { where: ['true', ...terms.map(([sql]) => sql)].join(' and '), values: terms.map(([, value]) => value) };
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
