import type { FlowHistory, RunPage, RunQuery, StoredRun } from '../../store/index.js';
import { listOfTenants } from './tenant-runs.js';

const NOTHING: RunPage = Object.freeze({
  runs: Object.freeze([]) as readonly StoredRun[],
  ...{ cursor: undefined, searchedToMs: undefined },
  count: Object.freeze({ runs: 0, exact: true }),
});

/**
 * The runs that match, of those that a caller may see.
 *
 * @param tenants - those of the caller; undefined: all
 */
export async function runsFor(
  history: FlowHistory,
  query: RunQuery,
  tenants: readonly string[] | undefined,
): Promise<RunPage> {
  if (tenants === undefined) return history.list(query);
  const wanted = query.tenant === undefined ? [...new Set(tenants)] : tenants.filter((each) => each === query.tenant);
  const [first] = wanted;
  if (first === undefined) return NOTHING;
  return wanted.length === 1 ? history.list({ ...query, tenant: first }) : listOfTenants(history, query, wanted);
}
