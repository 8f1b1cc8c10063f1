import { Inject, UnprocessableEntityException } from '@nestjs/common';
import { LOGGER, Node, type FlowNode, type NodeContext } from 'penguiflow';
import type { Logger } from 'winston';
import { OrderRepository } from '../storage/order-repository.js';
import { Catalog } from './catalog.js';
import { PricedOrder } from './messages.js';
import { Order } from './order.js';

/** Finds out what an order costs. The request body becomes an `Order` here, or is refused. */
@Node({
  input: Order,
  timeoutS: 5,
  concurrency: 64,
  retryOn: (error) => !(error instanceof UnprocessableEntityException),
})
export class Price implements FlowNode<Order, PricedOrder> {
  constructor(
    private readonly catalog: Catalog,
    private readonly orders: OrderRepository,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  async process(order: Order, ctx: NodeContext): Promise<PricedOrder> {
    const cents = await this.catalog.price(order, ctx.signal);
    await this.orders.save({ id: order.id, status: 'priced', cents });
    this.logger.info('priced', { order_id: order.id, cents });
    await ctx.emitChunk('priced', { meta: { cents } });
    return new PricedOrder(order.id, order.card, cents);
  }
}
