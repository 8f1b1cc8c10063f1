import { Node, type FlowNode, type NodeContext } from 'penguiflow';
import { OrderRepository } from '../storage/order-repository.js';
import { Refunded, type Declined } from './messages.js';

/** Gives back what was reserved for an order that was not paid. */
@Node({ concurrency: 64 })
export class Refund implements FlowNode<Declined, Refunded> {
  constructor(private readonly orders: OrderRepository) {}

  async process({ orderId, cents, reason }: Declined, ctx: NodeContext): Promise<Refunded> {
    ctx.logger.warn('declined', { order_id: orderId, reason });
    await ctx.emitChunk('declined', { meta: { reason } });
    await this.orders.save({ id: orderId, status: 'refunded', cents });
    return new Refunded(orderId, reason);
  }
}
