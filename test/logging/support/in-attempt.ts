import { activeCorrelation } from '#src/logging/scope/correlation-scope.js';

/** What each line of an attempt carries. */
export const fields = {
  trace_id: 't-1',
  flow_name: 'Orders',
  node_name: 'Price',
  node_id: 'price-1',
  tenant: 'acme',
  attempt: 2,
};

/** What the runtime does around `process`. */
export function inAttempt<R>(body: () => R, change: Partial<typeof fields> = {}): R {
  return activeCorrelation()!.run({ ...fields, ...change }, body);
}
