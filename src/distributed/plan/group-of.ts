import type { DistributedPlan } from './distributed-plan.js';

/** The group whose messages a queue holds; undefined for one that this plan does not have. */
export function groupOf({ entries }: DistributedPlan, queue: string): string | undefined {
  return entries.find(({ queues }) => queues.includes(queue))?.group;
}
