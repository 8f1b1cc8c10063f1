import type { RunCounter, RunQuery, StatsQuery, StoreStats } from '../queries.js';
import { RUNNING, STATUSES } from '../sql/codes.js';
import { compareCounters, counterFilter } from '../sql/counter-filter.js';
import { bytesOnDisk } from './file-size.js';
import type { SqlDatabase } from './database.js';
import type { NameReader } from './name-table.js';

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

export function counterTotal(database: SqlDatabase, names: NameReader, query: RunQuery): number {
  const { where, values } = counterFilter(names.findId, query);
  return Number(database.prepare(`select sum(runs) as runs from counter where ${where}`).get(...values)?.['runs'] ?? 0);
}

function readCounters(database: SqlDatabase, names: NameReader, query: StatsQuery): RunCounter[] {
  const { where, values } = counterFilter(names.findId, query);
  const found = database.prepare(`select flow, status, hour, runs from counter where ${where}`).all(...values);
  return found
    .map(({ flow, status, hour, runs }): RunCounter => {
      return {
        ...{ flow: names.textOf(Number(flow)), status: STATUSES.wordOf(Number(status)) },
        ...{ hourS: Number(hour), runs: Number(runs) },
      };
    })
    .toSorted(compareCounters);
}
