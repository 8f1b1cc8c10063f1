import { Body, Controller, Get, Inject, Injectable, Logger, Module, NotFoundException, Post } from '@nestjs/common';
import type { Logger as WinstonLogger } from 'winston';
import {
  Flow,
  FlowLogger,
  LOGGER,
  Node,
  start,
  type EmitOptions,
  type FlowNode,
  type NodeContext,
} from '#src/index.js';
import {
  CallFlow,
  FlowRequest,
  InjectFlow,
  PenguiFlowModule,
  StreamFlow,
  type FlowHandle,
  type PenguiFlowModuleOptions,
} from '#src/nestjs/index.js';
import { deferred, type Deferred } from '../../support/deferred.js';

export interface Order {
  readonly sku: string;
  readonly wait?: boolean;
}

export interface Priced extends Order {
  readonly cents: number;
}

/** An ordinary service of the application. */
@Injectable()
export class Catalog {
  static built = 0;

  constructor() {
    Catalog.built++;
  }

  price(sku: string): number {
    if (sku === 'unknown') throw new NotFoundException('no such sku');
    if (sku === 'broken') throw new TypeError('secret of the catalogue');
    return sku.length * 100;
  }
}

/** Where tests learn what a waiting order does. */
@Injectable()
export class Desk {
  readonly arrived: Deferred<NodeContext> = deferred<NodeContext>();
  readonly left: Deferred = deferred();
  readonly release: Deferred = deferred();
}

@Node()
export class Price implements FlowNode<Order, Priced> {
  static built = 0;

  constructor(
    private readonly catalog: Catalog,
    @Inject(LOGGER) private readonly logger: WinstonLogger,
    private readonly desk: Desk,
  ) {
    Price.built++;
  }

  async process(order: Order, ctx: NodeContext): Promise<Priced> {
    this.logger.info('pricing', { sku: order.sku });
    if (order.wait === true) {
      const { arrived, left, release } = this.desk;
      ctx.signal.addEventListener('abort', () => left.resolve());
      arrived.resolve(ctx);
      await Promise.race([release.promise, left.promise]);
    }
    await ctx.emitChunk(`priced ${order.sku}`);
    return { ...order, cents: this.catalog.price(order.sku) };
  }
}

@Flow({ middlewares: [FlowLogger] })
export class Orders {
  readonly graph = start(Price);
}

@Controller('orders')
class OrdersController {
  readonly #logger = new Logger('Orders');

  constructor(@InjectFlow(Orders) private readonly orders: FlowHandle<typeof Orders>) {}

  @Post()
  @CallFlow(Orders)
  create(@Body() order: Order): Order {
    this.#logger.log('taken', { sku: order.sku });
    return order;
  }

  @Post('strict')
  @CallFlow(Orders, { timeoutS: 0.05, tenant: () => 'acme', statuses: { NODE_EXCEPTION: 500 } })
  strict(@Body() order: Order): Promise<Order> {
    return Promise.resolve(order);
  }

  @Post('by-hand')
  byHand(@Body() order: Order, @FlowRequest() request: EmitOptions): Promise<Priced> {
    return this.orders.call(order, request);
  }

  @Post('stream')
  @StreamFlow(Orders)
  stream(@Body() order: Order): Order {
    return order;
  }

  @Get('state')
  state(): { state: string } {
    return { state: this.orders.state };
  }
}

@Module({
  imports: [PenguiFlowModule.forFeature([Orders])],
  controllers: [OrdersController],
  providers: [Orders, Price, Catalog, Desk],
  exports: [Desk],
})
export class OrdersModule {}

/** The root module of an application with the orders in it. */
export function ordersApp(options: PenguiFlowModuleOptions = {}): new () => object {
  @Module({ imports: [PenguiFlowModule.forRoot(options), OrdersModule] })
  class AppModule {}
  return AppModule;
}
