import { setTimeout as delay } from 'node:timers/promises';
import { Node, type FlowNode, type NodeContext } from 'penguiflow';
import { AppConfig } from '../app-config.js';
import { OrderRepository } from '../storage/order-repository.js';
import { Shipped, type Charged } from './messages.js';

/** Sends what was paid. */
@Node({ timeoutS: 5, concurrency: 64 })
export class Ship implements FlowNode<Charged, Shipped> {
  constructor(
    private readonly config: AppConfig,
    private readonly orders: OrderRepository,
  ) {}

  async process({ orderId, cents, paymentId }: Charged, ctx: NodeContext): Promise<Shipped> {
    await ctx.emitChunk('charged', { meta: { paymentId } });
    await delay(this.config.latencyMs, undefined, { signal: ctx.signal });
    await this.orders.save({ id: orderId, status: 'shipped', cents });
    return new Shipped(orderId, cents, `track-${orderId}`);
  }
}
