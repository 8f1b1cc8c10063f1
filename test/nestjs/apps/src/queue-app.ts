// Jobs of BullMQ on Redis, and a provider that looks at every other one with the DiscoveryModule.
import 'reflect-metadata';
import { BullModule, getQueueToken, OnWorkerEvent, Processor, WorkerHost } from '@nestjs/bullmq';
import { Injectable, Module, type INestApplicationContext, type OnModuleInit } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, MetadataScanner, NestFactory } from '@nestjs/core';
import { QueueEvents, type Job, type Queue } from 'bullmq';
import { InjectFlow, PenguiFlowModule, type FlowHandle } from 'penguiflow/nestjs';
import { Orders, ORDERS, type OrderInput, type Priced } from './orders.js';

const QUEUE = 'orders';

@Processor(QUEUE)
class OrdersProcessor extends WorkerHost {
  readonly failures: string[] = [];

  constructor(@InjectFlow(Orders) readonly orders: FlowHandle<typeof Orders>) {
    super();
  }

  process(job: Job<OrderInput>): Promise<Priced> {
    return this.orders.call(job.data, { traceId: `job-${job.id}` });
  }

  @OnWorkerEvent('failed')
  onFailed(_job: Job, error: Error): void {
    this.failures.push(error.message);
  }
}

/** Reads every method of every provider, as libraries do that look for their decorators. */
@Injectable()
class Explorer implements OnModuleInit {
  readonly methods: string[] = [];

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  onModuleInit(): void {
    for (const { instance } of this.discovery.getProviders() as { readonly instance?: unknown }[]) {
      if (typeof instance !== 'object' || instance === null) continue;
      const prototype = Object.getPrototypeOf(instance) as object | null;
      for (const name of [...this.scanner.getAllMethodNames(prototype), ...Reflect.ownKeys(instance)]) {
        if (typeof Reflect.get(instance, name) === 'function') this.methods.push(String(name));
      }
    }
  }
}

export interface QueueApp {
  readonly app: INestApplicationContext;
  /** Puts a job into the queue and waits for its result. */
  readonly run: (order: OrderInput) => Promise<Priced>;
  /** How many methods the explorer found. */
  readonly explored: number;
  readonly close: () => Promise<void>;
}

/** @param prefix - keeps the keys of one run apart from those of others */
export async function startQueueApp(
  redis: { readonly host: string; readonly port: number },
  prefix: string,
): Promise<QueueApp> {
  const connection = { ...redis, maxRetriesPerRequest: null };
  @Module({
    imports: [
      PenguiFlowModule.forRoot({ logging: { level: 'silent' } }),
      PenguiFlowModule.forFeature([Orders]),
      BullModule.forRoot({ connection, prefix }),
      BullModule.registerQueue({ name: QUEUE }),
      DiscoveryModule,
    ],
    providers: [...ORDERS, OrdersProcessor, Explorer],
  })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
  const queue = app.get<Queue<OrderInput, Priced>>(getQueueToken(QUEUE));
  const events = new QueueEvents(QUEUE, { connection, prefix });
  await events.waitUntilReady();
  return {
    app,
    run: async (order) => (await queue.add('price', order)).waitUntilFinished(events) as Promise<Priced>,
    explored: app.get(Explorer).methods.length,
    close: async () => {
      await events.close();
      await queue.obliterate({ force: true });
      await app.close();
    },
  };
}
