import { createHash } from 'node:crypto';
import type { EntryPlan } from '../plan/distributed-plan.js';

/** In which lane a payload waits for a node with an order: those of one key in one lane, in every process (D21). Undefined for a node without. */
export function laneOf({ order }: Pick<EntryPlan, 'order'>, payload: unknown): number | undefined {
  if (order === undefined) return undefined;
  const key = String((order.by as (payload: unknown) => string | number)(payload));
  return createHash('sha256').update(key).digest().readUInt32BE(0) % order.lanes;
}
