import { Body, Controller, HttpCode, Logger, Post } from '@nestjs/common';
import { CallFlow, StreamFlow } from 'penguiflow/nestjs';
import type { Order } from './order.js';
import { Orders } from './orders.js';

/** Orders come in here. What the methods return goes into the flow; the flow validates it. */
@Controller('orders')
export class OrdersController {
  readonly #logger = new Logger('Orders');

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
