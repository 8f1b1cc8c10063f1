import type { Workload } from './workload.js';
import { GROWTH } from './workloads/growth.js';
import { LOGGING } from './workloads/logging.js';
import { MESSAGES } from './workloads/messages.js';
import { STARTING } from './workloads/starting.js';

/** Every table of the results, in their order. */
export const WORKLOADS: readonly Workload[] = [...MESSAGES, ...LOGGING, ...STARTING, ...GROWTH].toSorted(
  (a, b) => numberOf(a) - numberOf(b),
);

function numberOf({ id }: Workload): number {
  return Number.parseInt(id.slice(1), 10);
}
