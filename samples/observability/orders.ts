import { Flow, FlowLogger, Node, start, type FlowNode, type NodeContext } from 'penguiflow';

/** An order on its way. */
export class Order {
  constructor(
    readonly id: string,
    readonly cents: number,
  ) {}
}

/** The bank that says no. */
class CardDeclined extends Error {
  override readonly name = 'CardDeclined';
}

/** Knows what everything costs. */
@Node({ timeoutS: 1 })
class Price implements FlowNode<Order, Order> {
  process(order: Order, ctx: NodeContext): Order {
    ctx.logger.info('priced', { order: order.id, cents: order.cents });
    return order;
  }
}

/** Fails on expensive orders, however often it is tried. */
@Node({ timeoutS: 1, maxRetries: 1, backoffBaseS: 0.01 })
class Charge implements FlowNode<Order, string> {
  async process(order: Order, ctx: NodeContext): Promise<string> {
    await ctx.sleep(0.005);
    if (order.cents > 10_000) throw new CardDeclined(`the bank declined order ${order.id}`);
    return `receipt for ${order.id}`;
  }
}

/** Prices an order and charges it. */
@Flow({ middlewares: [FlowLogger] })
export class Orders {
  readonly graph = start(Price).to(Charge);
}
