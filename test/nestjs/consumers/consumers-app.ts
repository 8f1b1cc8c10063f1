import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import { getQueueToken, BullModule, Processor, WorkerHost } from '@nestjs/bullmq';
import { Controller, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, MessagePattern, Payload, Transport, type MicroserviceOptions } from '@nestjs/microservices';
import type { Job, Queue } from 'bullmq';
import { Flow, Node, start, type FlowNode, type NodeContext } from '#src/index.js';
import {
  CallFlow,
  drainMicroservices,
  FlowErrorFilter,
  InjectFlow,
  PenguiFlowLogger,
  PenguiFlowModule,
  type FlowHandle,
} from '#src/nestjs/index.js';
import { QUEUE, REDIS, redisConnection, NATS, SUBJECT } from './brokers.js';

// An application that takes work from NATS, from Redis and from a queue of BullMQ: a program of its own, which tests end with SIGTERM.

interface Work {
  readonly n: number;
  /** How long it takes, in milliseconds. */
  readonly ms?: number;
}

@Node({ concurrency: 16 })
class Double implements FlowNode<Work, { readonly doubled: number }> {
  async process({ n, ms = 20 }: Work, ctx: NodeContext): Promise<{ readonly doubled: number }> {
    await delay(ms, undefined, { signal: ctx.signal });
    return { doubled: n * 2 };
  }
}

@Flow()
class Doubling {
  readonly graph = start(Double);
}

@Controller()
class Messages {
  constructor(@InjectFlow(Doubling) private readonly doubling: FlowHandle<typeof Doubling>) {}

  @MessagePattern(`${SUBJECT}.call`)
  @CallFlow(Doubling)
  call(@Payload() work: Work): Work {
    return work;
  }

  /** Calls the flow late, when the shutdown may have begun. */
  @MessagePattern(`${SUBJECT}.late`)
  async late(@Payload() work: Work): Promise<unknown> {
    await delay(30);
    return this.doubling.call(work);
  }

  @EventPattern(`${SUBJECT}.event`)
  async event(@Payload() data: object): Promise<void> {
    await this.doubling.call(data as Work);
    new Logger('Messages').log('event done', data);
  }
}

@Processor(QUEUE, { concurrency: 8 })
class Jobs extends WorkerHost {
  constructor(@InjectFlow(Doubling) private readonly doubling: FlowHandle<typeof Doubling>) {
    super();
  }

  async process(job: Job<Work>): Promise<unknown> {
    await delay(10);
    return this.doubling.call(job.data);
  }
}

@Module({
  imports: [
    BullModule.forRoot({ connection: redisConnection() }),
    BullModule.registerQueue({ name: QUEUE }),
    PenguiFlowModule.forRoot({ logging: { structured: true }, drainS: Number(process.env['DRAIN_S'] ?? 8) }),
    PenguiFlowModule.forFeature([Doubling]),
  ],
  controllers: [Messages],
  providers: [Doubling, Double, Jobs],
})
class ConsumersModule {}

const transports: Readonly<Record<string, MicroserviceOptions>> = {
  nats: { transport: Transport.NATS, options: { servers: NATS, queue: 'doublers' } },
  redis: { transport: Transport.REDIS, options: { host: REDIS.hostname, port: Number(REDIS.port) } },
};

async function main(transport: string): Promise<void> {
  const app = await NestFactory.create(ConsumersModule, { bufferLogs: true, forceCloseConnections: true });
  app.useLogger(app.get(PenguiFlowLogger));
  app.useGlobalFilters(new FlowErrorFilter());
  app.connectMicroservice(transports[transport]!, { inheritAppConfig: true });
  if (process.env['DRAIN'] !== 'no') drainMicroservices(app);
  app.enableShutdownHooks(['SIGTERM'], { useProcessExit: true });
  await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  await app.get<Queue>(getQueueToken(QUEUE)).waitUntilReady();
  new Logger('Server').log('listening', { url: await app.getUrl() });
}

await main(process.argv[2] ?? 'nats');
