import type { CarrierTarget, TestedEngine } from '#src/distributed/conformance/index.js';
import { memoryCarrier } from '#src/distributed/index.js';
import { ManualClock } from '#src/testing/index.js';

/** `memoryCarrier` under a clock that is moved by hand, with all that can happen to an engine. */
export const MEMORY_TARGET: CarrierTarget = {
  name: 'memoryCarrier',
  faults: ['kill', 'freeze', 'down', 'full'],
  create: memoryEngine,
};

/** One of it. */
export function memoryEngine(): TestedEngine {
  const [carrier, clock] = [memoryCarrier(), new ManualClock()];
  const { kill, freeze, thaw, become } = carrier.faults;
  return {
    carrier,
    clock,
    pass: (ms) => clock.advance(ms),
    destroy: () => {},
    ...{ kill, freeze, thaw, become },
  };
}
