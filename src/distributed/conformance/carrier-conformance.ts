import type { CarrierCase, CarrierTarget } from './carrier-target.js';
import { HAND_BACK_CASES } from './hand-back-cases.js';
import { LEASE_CASES } from './lease-cases.js';
import { MODEL_CASES } from './model-cases.js';
import { PLAN_CASES } from './plan-cases.js';
import { PUT_CASES } from './put-cases.js';
import { RECORD_CASES } from './record-cases.js';
import { SETTLE_CASES } from './settle-cases.js';
import { TAKE_CASES } from './take-cases.js';
import { Tested, type Promised } from './tested.js';
import { TROUBLE_CASES } from './trouble-cases.js';

const PROMISES: readonly Promised[] = [
  ...PUT_CASES,
  ...TAKE_CASES,
  ...SETTLE_CASES,
  ...HAND_BACK_CASES,
  ...LEASE_CASES,
  ...RECORD_CASES,
  ...PLAN_CASES,
  ...TROUBLE_CASES,
  ...MODEL_CASES,
];

/**
 * What every carrier must do, as cases for any test runner: each one has an engine of its own, and none depends on another. A title names the rules of the contract that the
 * case is about. Cases that need what the target cannot do to its engine are left out.
 *
 * @example
 * ```ts
 * for (const { title, run } of carrierConformance(target)) test(title, run);
 * ```
 */
export function carrierConformance(target: CarrierTarget): CarrierCase[] {
  return PROMISES.filter(({ needs }) => (needs ?? []).every((fault) => target.faults.includes(fault))).map(
    (promised) => ({ title: `${target.name} ${promised.title}`, run: () => examine(target, promised) }),
  );
}

async function examine(target: CarrierTarget, promised: Promised): Promise<void> {
  const engine = await target.create();
  try {
    await promised.holds(new Tested(engine));
  } finally {
    await engine.destroy();
  }
}
