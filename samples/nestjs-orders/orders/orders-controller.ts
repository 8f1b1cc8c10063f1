import { Body, Controller, Get, HttpCode, Logger, NotFoundException, Param, Post } from '@nestjs/common';
import { CallFlow, StreamFlow } from 'penguiflow/nestjs';
import { OrderRepository, type OrderRecord } from '../storage/order-repository.js';
import type { Order } from './order.js';
import { Orders } from './orders.js';

/** Orders come in here. What the methods return goes into the flow; the flow validates it. */
@Controller('orders')
export class OrdersController {
  readonly #logger = new Logger('Orders');

  constructor(private readonly orders: OrderRepository) {}

  /** How far an order has got. */
  @Get(':id')
  async find(@Param('id') id: string): Promise<OrderRecord> {
    const order = await this.orders.find(id);
    if (order === undefined) throw new NotFoundException(`there is no order ${id}`);
    return order;
  }

  /** Answers when the order is done. */
  @Post()
  @HttpCode(200)
  @CallFlow(Orders)
  place(@Body() order: Order): Order {
    this.#logger.log('order taken');
    return order;
  }

  /** Tells every step, as Server-Sent Events. */
  @Post('stream')
  @StreamFlow(Orders)
  follow(@Body() order: Order): Order {
    this.#logger.log('order taken');
    return order;
  }
}
