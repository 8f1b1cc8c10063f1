import type { CarrierPlan, QueuePlan } from '../carrier/carrier-plan.js';

/** Short, so that suites in real time end. */
const LEASE_S = 2;
/** Within it a message of a session that died is with another one. */
export const LEASE_MS = LEASE_S * 1_000;

const WORK: QueuePlan = { queue: 'work', bound: 1_000, maxInFlight: 100 };
const SMALL: QueuePlan = { queue: 'small', bound: 5, maxInFlight: 100 };
const SLOW: QueuePlan = { queue: 'slow', bound: 100, maxInFlight: 3 };

/** `work` is roomy, `small` has room for five, `slow` hands out three at a time, `order` has two lanes. */
export const PLAN: CarrierPlan = {
  flow: 'Examined',
  hash: 'first',
  queues: [WORK, SMALL, SLOW, ...lanes(2)],
  dedupeS: 3,
  leaseS: LEASE_S,
  keepS: 60,
};

/** The queues of a node with that many lanes. */
export function lanes(count: number): readonly QueuePlan[] {
  return Array.from({ length: count }, (_, number) => ({
    queue: `order#${number}`,
    bound: 100,
    maxInFlight: 10,
    lane: { of: 'order', number },
  }));
}
