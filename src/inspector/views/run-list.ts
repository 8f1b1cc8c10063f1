import type { FlowHistory, RunQuery } from '../../store/index.js';
import type { RunList } from '../api.js';
import { runItem } from './run-item.js';
import { hasCounters } from './run-search.js';
import { runsFor } from './runs-for.js';

/**
 * Answers a search, over all that the store has.
 *
 * @param tenants - those that the caller may see; undefined: all
 */
export async function runList(
  history: FlowHistory,
  query: RunQuery,
  tenants: readonly string[] | undefined,
): Promise<Omit<RunList, 'runner'>> {
  const isFirst = query.cursor === undefined;
  const page = await runsFor(history, { ...query, count: isFirst }, tenants);
  const { runs, cursor = null, searchedToMs = null, count = null } = page;
  const counts = isFirst && tenants === undefined && hasCounters(query);
  return {
    runs: runs.map(runItem),
    ...{ cursor, searchedToMs, count },
    byStatus: counts ? await byStatus(history, query) : null,
  };
}

async function byStatus(history: FlowHistory, { flow, fromS, toS }: RunQuery): Promise<Record<string, number>> {
  const { counters } = await history.stats({ flow, fromS, toS });
  const counts: Record<string, number> = {};
  for (const { status, runs } of counters) counts[status] = (counts[status] ?? 0) + runs;
  return counts;
}
