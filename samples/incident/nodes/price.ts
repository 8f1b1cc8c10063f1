import { Node, type FlowNode } from 'penguiflow';

import { Order, Priced, PRICES } from '../messages.js';

/** Says what an order costs. What is no order does not get in. */
@Node({ input: Order })
export class Price implements FlowNode<Order, Priced> {
  process({ number, sku, quantity, card }: Order): Priced {
    return new Priced(number, quantity * (PRICES[sku] ?? 0), card);
  }
}
