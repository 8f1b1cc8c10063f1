import { Node, type FlowNode } from 'penguiflow';

import type { Charged, Outcome } from '../messages.js';

/** Sends the fish. */
@Node()
export class Ship implements FlowNode<Charged, Outcome> {
  process(): Outcome {
    return 'shipped';
  }
}
