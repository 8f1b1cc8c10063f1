import { inject } from 'tsyringe';
import type { Logger } from 'winston';
import { Flow, FlowLogger, LOGGER, Node, start, type FlowNode, type NodeContext } from 'penguiflow';

/** An order on its way. */
export interface Order {
  readonly id: string;
  readonly card: string;
}

/** Gets the application's logger injected, and another one with each attempt. */
@Node({ maxRetries: 1, backoffBaseS: 0.01 })
class Charge implements FlowNode<Order, string> {
  constructor(@inject(LOGGER) private readonly log: Logger) {}

  process(order: Order, ctx: NodeContext): string {
    this.log.info('asking the bank', { order: order.id, card: order.card });
    if (ctx.attempt === 0) throw new Error(`no answer to ?token=${order.card}`);
    ctx.logger.info('charged', { order: order.id });
    return `receipt for ${order.id}`;
  }
}

/** Charges orders. */
@Flow({ middlewares: [FlowLogger] })
export class Orders {
  readonly graph = start(Charge);
}
