import type { RunCounter, RunQuery, StatsQuery, StoreStats } from '../queries.js';
import { RUNNING, STATUSES } from '../sql/codes.js';
import { compareCounters, counterFilter } from '../sql/counter-filter.js';
import type { FindId } from '../sql/names.js';
import type { NameBook } from './name-book.js';
import type { Session } from './session.js';

/** What the store holds, from counters. */
export async function readStats(session: Session, names: NameBook, query: StatsQuery): Promise<StoreStats> {
  const findId = await names.finder(session, query.flow === undefined ? [] : [query.flow]);
  const found = await session.all('select key, sum(value) as value from @total group by key');
  const totals = new Map(found.map(({ key, value }) => [key, Number(value)]));
  const runs = await session.get(
    `select sum(runs) as runs, sum(runs) filter (where status = ${RUNNING}) as running from @counter`,
  );
  const pinned = await session.get('select count(*) as pinned from @run where pinned = 1');
  return {
    runs: Number(runs?.['runs'] ?? 0),
    running: Number(runs?.['running'] ?? 0),
    pinned: Number(pinned?.['pinned']),
    attempts: totals.get('attempts') ?? 0,
    payloadBytes: totals.get('payload_bytes') ?? 0,
    bytes: totals.get('bytes') ?? 0,
    correctedClaims: totals.get('corrected_claims') ?? 0,
    counters: await readCounters(session, names, findId, query),
  };
}

/** What the rows weigh: tables become no smaller at once when rows are deleted. */
export async function bytesOf(session: Session): Promise<number> {
  const found = await session.get("select sum(value) as bytes from @total where key = 'bytes'");
  return Number(found?.['bytes'] ?? 0);
}

export async function counterTotal(session: Session, findId: FindId, query: RunQuery): Promise<number> {
  const { where, values } = counterFilter(findId, query);
  const found = await session.get(`select sum(runs) as runs from @counter where ${where}`, ...values);
  return Number(found?.['runs'] ?? 0);
}

async function readCounters(
  session: Session,
  names: NameBook,
  findId: FindId,
  query: StatsQuery,
): Promise<RunCounter[]> {
  const { where, values } = counterFilter(findId, query);
  const found = await session.all(
    `select flow, status, hour, sum(runs) as runs from @counter where ${where} group by flow, status, hour having sum(runs) <> 0`,
    ...values,
  );
  const counters = await names.decode(session, (textOf) =>
    found.map(({ flow, status, hour, runs }): RunCounter => {
      return {
        ...{ flow: textOf(Number(flow)), status: STATUSES.wordOf(Number(status)) },
        ...{ hourS: Number(hour), runs: Number(runs) },
      };
    }),
  );
  return counters.toSorted(compareCounters);
}
