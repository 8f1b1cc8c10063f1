import { Node, type FlowNode, type NodeContext } from 'penguiflow';
import { Refunded, type Declined } from './messages.js';

/** Gives back what was reserved for an order that was not paid. */
@Node({ concurrency: 64 })
export class Refund implements FlowNode<Declined, Refunded> {
  async process({ orderId, reason }: Declined, ctx: NodeContext): Promise<Refunded> {
    ctx.logger.warn('declined', { order_id: orderId, reason });
    await ctx.emitChunk('declined', { meta: { reason } });
    return new Refunded(orderId, reason);
  }
}
