import { Controller, Module, type INestApplication } from '@nestjs/common';
import {
  ClientProxyFactory,
  EventPattern,
  MessagePattern,
  Payload,
  Transport,
  type ClientProxy,
  type MicroserviceOptions,
} from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { expect } from 'chai';
import { firstValueFrom, timeout } from 'rxjs';
import { Flow, Node, start, type FlowNode } from '#src/index.js';
import { CallFlow, FlowErrorFilter, InjectFlow, PenguiFlowModule, type FlowHandle } from '#src/nestjs/index.js';
import { describeWithTool } from '../support/needs-tool.js';
import { NATS, NATS_SERVER, REDIS, REDIS_SERVER, SUBJECT } from './consumers/brokers.js';

const AT = `${SUBJECT}.fails`;

@Node()
class Divide implements FlowNode<number, number> {
  process(n: number): number {
    if (n === 0) throw new Error('postgres://admin:hunter22@db refused');
    return 100 / n;
  }
}
@Flow({ name: 'fails-over-brokers' })
class Divides {
  readonly graph = start(Divide);
}

@Controller()
class Divisions {
  events = 0;

  constructor(@InjectFlow(Divides) private readonly divides: FlowHandle<typeof Divides>) {}

  @MessagePattern(`${AT}.call`)
  @CallFlow(Divides)
  call(@Payload() n: number): number {
    return n;
  }

  /** Throws the failure of the flow itself on. */
  @MessagePattern(`${AT}.by-hand`)
  byHand(@Payload() n: number): Promise<number> {
    return this.divides.call(n);
  }

  @EventPattern(`${AT}.event`)
  async event(@Payload() n: object): Promise<void> {
    this.events++;
    await this.divides.call(Number(n));
  }
}

@Module({
  imports: [PenguiFlowModule.forRoot({ logging: { destination: 'none' } }), PenguiFlowModule.forFeature([Divides])],
  controllers: [Divisions],
  providers: [Divides, Divide],
})
class App {}

const brokers = [
  [NATS_SERVER, 'NATS', { transport: Transport.NATS, options: { servers: NATS } }],
  [REDIS_SERVER, 'Redis', { transport: Transport.REDIS, options: { host: REDIS.hostname, port: Number(REDIS.port) } }],
] as const;

for (const [tool, name, transport] of brokers) {
  describeWithTool(tool, `penguiflow/nestjs: messages that fail over ${name}, in a hybrid application`, function () {
    this.timeout(20_000);
    let app: INestApplication;
    let client: ClientProxy;

    before(async () => {
      const module = await Test.createTestingModule({ imports: [App] }).compile();
      app = module.createNestApplication({ logger: false });
      app.useGlobalFilters(new FlowErrorFilter());
      app.connectMicroservice<MicroserviceOptions>(transport as MicroserviceOptions, { inheritAppConfig: true });
      await app.startAllMicroservices();
      await app.listen(0, '127.0.0.1');
      client = ClientProxyFactory.create(transport as never) as unknown as ClientProxy;
      await client.connect();
    });

    after(async () => {
      await client.close();
      await app.close();
    });

    const ask = (pattern: string, n: number): Promise<unknown> =>
      firstValueFrom(client.send(`${AT}.${pattern}`, n).pipe(timeout(5_000)));

    for (const pattern of ['call', 'by-hand']) {
      it(`R25 are answered with code, safe text and trace id, and nothing of what was thrown (${pattern})`, async () => {
        const error = await ask(pattern, 0).catch((reason: unknown) => reason);
        expect(error).to.include({ code: 'NODE_EXCEPTION' });
        expect(error)
          .to.have.property('traceId')
          .that.matches(/^[\da-f]{32}$/);
        expect(JSON.stringify(error)).to.not.match(/hunter22|postgres|stack/);
        expect(await ask(pattern, 4)).to.equal(25);
      });
    }

    it('R25 an event that fails ends nothing: the next message is answered', async () => {
      client.emit(`${AT}.event`, 0);
      // Later than the event, on the same connection.
      for (let n = 0; app.get(Divisions).events === 0 && n < 200; n++) await ask('call', 5);
      expect(app.get(Divisions).events).to.equal(1);
      expect(await ask('by-hand', 10)).to.equal(10);
    });
  });
}
