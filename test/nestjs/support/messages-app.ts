import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { Controller, Module, UseFilters, type INestApplication } from '@nestjs/common';
import {
  ClientProxyFactory,
  EventPattern,
  MessagePattern,
  Payload,
  Transport,
  type ClientProxy,
  type MicroserviceOptions,
} from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { Test, type TestingModuleBuilder } from '@nestjs/testing';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { firstValueFrom } from 'rxjs';
import { WebSocket } from 'ws';
import { getLogger, type EmitOptions } from '#src/index.js';
import {
  CallFlow,
  FlowErrorFilter,
  FlowRequest,
  InjectFlow,
  PenguiFlowLogger,
  PenguiFlowModule,
  StreamFlow,
  type FlowHandle,
  type PenguiFlowModuleOptions,
} from '#src/nestjs/index.js';
import { Orders, OrdersModule, type Order, type Priced } from './orders-app.js';

/** What a caller of `by-hand` gets to see of its options. */
export interface Seen {
  readonly priced: Priced;
  readonly traceId: string | undefined;
  readonly timeoutS: number | undefined;
  readonly hasSignal: boolean;
}

class Handlers {
  constructor(protected readonly orders: FlowHandle<typeof Orders>) {}

  protected async seen(order: Order, options: EmitOptions): Promise<Seen> {
    getLogger('handler').info('by hand', { sku: order.sku });
    const priced = await this.orders.call(order, options);
    const { traceId, timeoutS, signal } = options;
    return { priced, traceId, timeoutS, hasSignal: signal instanceof AbortSignal };
  }
}

const tenant = (data: unknown): string | undefined => (data as { readonly tenant?: string }).tenant;

@Controller()
class OrdersMessages extends Handlers {
  constructor(@InjectFlow(Orders) orders: FlowHandle<typeof Orders>) {
    super(orders);
  }

  @MessagePattern('call')
  @CallFlow(Orders, { tenant })
  call(@Payload() order: Order): Order {
    getLogger('handler').info('called', { sku: order.sku });
    return order;
  }

  @MessagePattern('strict')
  @CallFlow(Orders, { timeoutS: 0.05 })
  strict(@Payload() order: Order): Order {
    return order;
  }

  @MessagePattern('by-hand')
  byHand(@Payload() order: Order, @FlowRequest({ tenant }) options: EmitOptions): Promise<Seen> {
    return this.seen(order, options);
  }

  @MessagePattern('stream')
  @StreamFlow(Orders)
  stream(@Payload() order: Order): Order {
    return order;
  }

  @EventPattern('event')
  async event(@Payload() order: Order, @FlowRequest() options: unknown): Promise<void> {
    await this.orders.call(order, options as EmitOptions);
  }
}

// NestJS gives gateways no global filters.
@WebSocketGateway()
@UseFilters(FlowErrorFilter)
class OrdersGateway extends Handlers {
  constructor(@InjectFlow(Orders) orders: FlowHandle<typeof Orders>) {
    super(orders);
  }

  @SubscribeMessage('call')
  @CallFlow(Orders, { tenant })
  call(@MessageBody() order: Order): Order {
    getLogger('handler').info('called', { sku: order.sku });
    return order;
  }

  @SubscribeMessage('strict')
  @CallFlow(Orders, { timeoutS: 0.05 })
  strict(@MessageBody() order: Order): Order {
    return order;
  }

  @SubscribeMessage('stream')
  @StreamFlow(Orders)
  stream(@MessageBody() order: Order): Order {
    return order;
  }

  @SubscribeMessage('by-hand')
  byHand(@MessageBody() order: Order, @FlowRequest({ tenant }) options: EmitOptions): Promise<Seen> {
    return this.seen(order, options);
  }
}

/** A hybrid application: HTTP, a microservice on TCP, and a gateway on `ws`, all on the loopback. */
export interface Hybrid {
  readonly app: INestApplication;
  readonly url: string;
  /** Sends a message on TCP or on a WebSocket; rejects with what the other side answers to a failure. */
  readonly send: Readonly<Record<'rpc' | 'ws', (pattern: string, data: object) => Promise<unknown>>>;
  /** Sends an event on TCP. */
  readonly emit: (pattern: string, data: object) => Promise<unknown>;
  /** Ends the client's connection. */
  readonly hangUp: Readonly<Record<'rpc' | 'ws', () => void>>;
  readonly close: () => Promise<void>;
}

/** Starts it, with {@link FlowErrorFilter} for HTTP and TCP, unless the test registers filters itself. */
export async function startHybrid(
  options: PenguiFlowModuleOptions = {},
  useFilters: (app: INestApplication) => void = (app) => void app.useGlobalFilters(new FlowErrorFilter()),
  change: (builder: TestingModuleBuilder) => TestingModuleBuilder = (builder) => builder,
): Promise<Hybrid> {
  @Module({
    imports: [PenguiFlowModule.forRoot(options), OrdersModule, PenguiFlowModule.forFeature([Orders])],
    controllers: [OrdersMessages],
    providers: [OrdersGateway],
  })
  class HybridApp {}
  const module = await change(Test.createTestingModule({ imports: [HybridApp] })).compile();
  const app = module.createNestApplication({ bufferLogs: true, forceCloseConnections: true });
  app.useLogger(app.get(PenguiFlowLogger));
  app.useWebSocketAdapter(new WsAdapter(app));
  useFilters(app);
  const port = await freePort();
  const tcp = { transport: Transport.TCP, options: { host: '127.0.0.1', port } } as const satisfies MicroserviceOptions;
  app.connectMicroservice<MicroserviceOptions>(tcp, { inheritAppConfig: true });
  await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
  const rpc: ClientProxy = ClientProxyFactory.create(tcp);
  const ws = new WebSocket(url.replace('http', 'ws'));
  await once(ws, 'open');
  return {
    app,
    url,
    send: {
      rpc: (pattern, data) => firstValueFrom(rpc.send<unknown, unknown>(pattern, data)),
      ws: (event, data) => ask(ws, event, data),
    },
    emit: (pattern, data) => firstValueFrom(rpc.emit(pattern, data), { defaultValue: undefined }),
    hangUp: { rpc: () => void rpc.close(), ws: () => ws.terminate() },
    close: async () => {
      await rpc.close();
      ws.terminate();
      await app.close();
    },
  };
}

/** The next thing that the gateway says. */
function ask(ws: WebSocket, event: string, data: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    ws.once('message', (bytes: Buffer) => {
      const answer = JSON.parse(bytes.toString('utf8')) as { readonly event?: string; readonly data?: unknown };
      // What the other side of a microservice rejects with, too: a body, no Error.
      // oxlint-disable-next-line prefer-promise-reject-errors
      if (answer.event === 'exception') reject(answer.data);
      else resolve(answer);
    });
    ws.send(JSON.stringify({ event, data }));
  });
}

/** A port of the loopback that nobody listened to a moment ago. */
export async function freePort(): Promise<number> {
  const server: Server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { readonly port: number };
  server.close();
  await once(server, 'close');
  return port;
}
