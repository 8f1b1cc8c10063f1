import { FlowError } from '../../index.js';
import type { FlowHistory, RunPage, RunQuery, StoredRun } from '../../store/index.js';

const DEFAULT_LIMIT = 50;
/** Pages that are asked for of each tenant before what there is has to do. */
const MOST_PAGES = 3;

/** Where a list of several tenants goes on: at runs that started by then, but for those that were shown. */
interface Place {
  readonly toMs: number;
  readonly shown: readonly number[];
}

/** A list of several tenants, newest first: those of each, put together. */
export async function listOfTenants(
  history: FlowHistory,
  query: RunQuery,
  tenants: readonly string[],
): Promise<RunPage> {
  const { cursor, limit = DEFAULT_LIMIT, ...rest } = query;
  const place = cursor === undefined ? undefined : readPlace(cursor);
  // Those that started within this millisecond, too: some of them may not have been shown.
  const upTo = place === undefined ? {} : { toS: (place.toMs + 1) / 1000 };
  const size = limit + (place?.shown.length ?? 0);
  const pages = await Promise.all(
    tenants.map((tenant) => runsOf(history, { ...rest, ...upTo, tenant, limit: Math.min(size, 1_000) }, size)),
  );
  // What lies before was not looked at for some tenant.
  const horizonMs = Math.max(...pages.map(({ searchedToMs }) => searchedToMs ?? -Infinity));
  const shown = new Set(place?.shown);
  const found = pages
    .flatMap(({ runs }) => runs)
    .filter(({ runId, startedMs }) => !shown.has(runId) && startedMs > horizonMs)
    .sort((a, b) => b.startedMs - a.startedMs || b.runId - a.runId);
  const runs = found.slice(0, limit);
  const more = found.length > limit || pages.some((page) => page.cursor !== undefined);
  const isStuck = runs.length < limit && horizonMs > -Infinity;
  return {
    runs,
    cursor: more ? nextCursor(runs, place, isStuck ? horizonMs : undefined) : undefined,
    searchedToMs: more && isStuck ? horizonMs : undefined,
    count: countOf(pages),
  };
}

/** Enough runs of one tenant, or as many as a few pages bring. */
async function runsOf(history: FlowHistory, query: RunQuery, size: number): Promise<RunPage> {
  const first = await history.list(query);
  const runs = [...first.runs];
  let page = first;
  for (let pages = 1; pages < MOST_PAGES && page.cursor !== undefined && runs.length < size; pages++) {
    page = await history.list({ ...query, count: false, cursor: page.cursor });
    runs.push(...page.runs);
  }
  const { cursor } = page;
  // Where the page is full, all down to its last run was looked at.
  const searchedToMs = cursor === undefined || runs.length >= size ? undefined : page.searchedToMs;
  return { runs, cursor, searchedToMs, count: first.count };
}

function nextCursor(runs: readonly StoredRun[], before: Place | undefined, horizonMs: number | undefined): string {
  const last = horizonMs ?? runs.at(-1)?.startedMs ?? before?.toMs ?? 0;
  const toMs = Math.floor(last);
  const isOfThat = ({ startedMs }: StoredRun): boolean => startedMs >= toMs && startedMs < toMs + 1;
  const shown = runs.filter(isOfThat).map(({ runId }) => runId);
  if (before !== undefined && before.toMs === toMs) shown.push(...before.shown);
  return Buffer.from(JSON.stringify({ toMs, shown } satisfies Place)).toString('base64url');
}

/** @throws FlowError `INVALID_OPTION` */
function readPlace(cursor: string): Place {
  try {
    const { toMs, shown } = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')) as Place;
    if (Number.isFinite(toMs) && Array.isArray(shown) && shown.length <= 2_000) return { toMs, shown };
  } catch {
    // It is none of ours, which is said below.
  }
  throw new FlowError('INVALID_OPTION', {
    message: 'Expected `cursor` of the search to be that of the page before',
    metadata: { option: 'cursor' },
  });
}

function countOf(pages: readonly RunPage[]): RunPage['count'] {
  const counts = pages.flatMap(({ count }) => count ?? []);
  if (counts.length < pages.length) return undefined;
  return { runs: counts.reduce((sum, { runs }) => sum + runs, 0), exact: counts.every(({ exact }) => exact) };
}
