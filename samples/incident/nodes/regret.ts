import { Node, type FlowNode } from 'penguiflow';

import type { Declined, Outcome } from '../messages.js';

/** Writes to the customer that there was no money. */
@Node()
export class Regret implements FlowNode<Declined, Outcome> {
  process(): Outcome {
    return 'declined';
  }
}
