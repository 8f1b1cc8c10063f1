import { MESSAGES } from './behaviours/messages.js';
import { POLICIES } from './behaviours/policies.js';
import { RUNS } from './behaviours/runs.js';
import { useWay, WAYS } from './ways.js';

/** What a flow does in the process it does behind a carrier: one table for both, so that a difference shows. */
const BEHAVIOURS = [...MESSAGES, ...POLICIES, ...RUNS];

for (const way of WAYS) {
  describe(`D1 a flow ${way}`, () => {
    const open = useWay(way);
    for (const { title, holds } of BEHAVIOURS) it(title, () => holds(open, way));
  });
}
