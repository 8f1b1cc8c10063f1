// A CommonJS application of NestJS 11, as `nest new` makes them. It starts on the adapter that its argument names, calls
// itself over HTTP, shuts down and prints what it saw as one line of JSON. With `stay` behind it, it says where it is, and stays until its input ends.
import 'reflect-metadata';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import {
  Body,
  Controller,
  Inject,
  Injectable,
  Logger,
  Module,
  Post,
  Scope,
  VERSION_NEUTRAL,
  type INestApplication,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { version } from '@nestjs/core/package.json';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Flow, FlowError, FlowLogger, LOGGER, Node, start, type FlowNode, type NodeContext } from 'penguiflow';
import {
  CallFlow,
  InjectFlow,
  PenguiFlowLogger,
  PenguiFlowModule,
  StreamFlow,
  type FlowHandle,
} from 'penguiflow/nestjs';
import type { Logger as WinstonLogger } from 'winston';

interface Order {
  readonly sku: string;
}

@Injectable()
class Catalog {
  price(sku: string): number {
    if (sku === 'broken') throw new TypeError('secret');
    return sku.length;
  }
}

@Node()
class Price implements FlowNode<Order, string> {
  constructor(
    private readonly catalog: Catalog,
    @Inject(LOGGER) private readonly logger: WinstonLogger,
  ) {}

  async process(order: Order, ctx: NodeContext): Promise<string> {
    this.logger.info('pricing');
    await ctx.emitChunk('working');
    return `${order.sku}: ${this.catalog.price(order.sku)}`;
  }
}

@Injectable({ scope: Scope.TRANSIENT })
@Node()
class Stamp implements FlowNode<string, { readonly text: string }> {
  process = (text: string): { readonly text: string } => ({ text });
}

@Flow({ middlewares: [FlowLogger] })
class Orders {
  readonly graph = start(Price).to(Stamp);
}

@Controller({ path: 'orders', version: VERSION_NEUTRAL })
class OrdersController {
  readonly #logger = new Logger('Orders');

  constructor(@InjectFlow(Orders) readonly orders: FlowHandle<typeof Orders>) {}

  @Post()
  @CallFlow(Orders)
  create(@Body() order: Order): Order {
    this.#logger.log('taken');
    return order;
  }

  @Post('stream')
  @StreamFlow(Orders)
  stream(@Body() order: Order): Order {
    return order;
  }
}

@Module({
  imports: [PenguiFlowModule.forFeature([Orders])],
  controllers: [OrdersController],
  providers: [Orders, Price, Stamp, Catalog],
})
class OrdersModule {}

const lines: string[] = [];
const TOKEN = 'a-token-of-more-than-32-characters-0123';

@Module({
  imports: [
    PenguiFlowModule.forRootAsync({
      useFactory: () => ({
        logging: { structured: true, destination: collector() },
        drainS: 2,
        inspector: { path: '/_penguiflow', token: TOKEN },
      }),
    }),
    OrdersModule,
  ],
})
class AppModule {}

function collector(): Writable {
  return new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(...chunk.toString().split('\n').filter(Boolean));
      done();
    },
  });
}

async function createApp(adapter: string): Promise<INestApplication> {
  const options = { bufferLogs: true };
  const app =
    adapter === 'fastify'
      ? await NestFactory.create(AppModule, new FastifyAdapter(), options)
      : await NestFactory.create(AppModule, options);
  app.useLogger(app.get(PenguiFlowLogger));
  // Whatever the routes are called, every request has a trace.
  app.setGlobalPrefix('api');
  return app;
}

async function main(): Promise<void> {
  const app = await createApp(process.argv[2] ?? 'express');
  await app.listen(0, '127.0.0.1');
  const url = `${await app.getUrl()}/api/orders`;
  const post = (path: string, sku: string, id: string): Promise<Response> =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': id },
      body: JSON.stringify({ sku }),
    });
  const called = await post('', 'abc', 'r-1');
  const failed = await post('', 'broken', 'r-2');
  const streamed = await post('/stream', 'abc', 'r-3');
  const inspected = await fetch(`${await app.getUrl()}/_penguiflow/api/runs?status=failed`, {
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  const { runs } = (await inspected.json()) as { runs: { traceId: string; errorNode: string }[] };
  const seen = {
    nest: version,
    inspected: runs.map(({ traceId, errorNode }) => `${traceId} ${errorNode}`),
    called: [called.status, called.headers.get('x-request-id'), await called.json()],
    failed: [failed.status, await failed.json()],
    streamed: await streamed.text(),
    sameErrorClass: FlowError.is(new FlowError('ABORTED', { message: 'x' })),
  };
  if (process.argv[3] === 'stay') {
    console.log(JSON.stringify({ url: `${await app.getUrl()}/_penguiflow`, token: TOKEN, nest: version }));
    await once(process.stdin.resume(), 'end');
  }
  await app.close();
  const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const ofFirst = parsed.filter(({ trace_id }) => trace_id === 'r-1').map(({ message }) => message);
  const contexts = [...new Set(parsed.map(({ context }) => context).filter(Boolean))];
  console.log(JSON.stringify({ ...seen, ofFirst, contexts }));
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
