import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientProxyFactory, MessagePattern, Payload, Transport, type ClientProxy } from '@nestjs/microservices';
import { expect } from 'chai';
import { firstValueFrom } from 'rxjs';
import {
  CallFlow,
  drainMicroservices,
  PenguiFlowLogger,
  PenguiFlowModule,
  type PenguiFlowModuleOptions,
} from '#src/nestjs/index.js';
import { LineCatcher } from '../support/line-catcher.js';
import { thrownBy } from '../support/thrown-by.js';
import { freePort, startHybrid } from './support/messages-app.js';
import { Desk, Orders, OrdersModule, ordersApp, type Order } from './support/orders-app.js';

@Controller()
class Messages {
  @MessagePattern('call')
  @CallFlow(Orders)
  call(@Payload() order: Order): Order {
    return order;
  }
}

describe('penguiflow/nestjs: drainMicroservices', () => {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  /** A microservice on TCP, with nothing else. */
  async function start(
    options: PenguiFlowModuleOptions = {},
  ): Promise<{ readonly app: INestMicroservice; readonly client: ClientProxy }> {
    @Module({
      imports: [PenguiFlowModule.forRoot(options), OrdersModule, PenguiFlowModule.forFeature([Orders])],
      controllers: [Messages],
    })
    class App {}
    const port = await freePort();
    const tcp = { transport: Transport.TCP, options: { host: '127.0.0.1', port } } as const;
    const app = await NestFactory.createMicroservice(App, { ...tcp, logger: false });
    drainMicroservices(app);
    await app.listen();
    const client = ClientProxyFactory.create(tcp);
    ends.push(
      () => client.close(),
      () => app.close(),
    );
    return { app, client };
  }

  it('R8 close() of a lone microservice answers what it has taken, although NestJS closes the server before any hook', async () => {
    const { app, client } = await start();
    const desk = app.get(Desk, { strict: false });
    const answer = firstValueFrom(client.send<unknown, Order>('call', { sku: 'abc', wait: true }));
    await desk.arrived.promise;
    const closed = app.close();
    desk.release.resolve();
    expect(await answer).to.deep.include({ sku: 'abc', cents: 300 });
    await closed;
  });

  for (const pattern of ['call', 'by-hand']) {
    it(`R8 a message of a WebSocket that was taken is answered, too (${pattern})`, async () => {
      const hybrid = await startHybrid();
      ends.push(() => hybrid.close());
      const desk = hybrid.app.get(Desk, { strict: false });
      const answer = hybrid.send.ws(pattern, { sku: 'abc', wait: true });
      await desk.arrived.promise;
      const closed = hybrid.app.close();
      setImmediate(() => desk.release.resolve());
      expect(JSON.stringify(await answer)).to.include('"cents":300');
      await closed;
    });
  }

  it('R8 after drainS it says how many messages were not answered', async () => {
    const caught = new LineCatcher();
    const { app, client } = await start({
      drainS: 0.05,
      graceS: 1,
      logging: { structured: true, destination: caught },
    });
    app.useLogger(app.get(PenguiFlowLogger));
    const answer = firstValueFrom(client.send<unknown, Order>('call', { sku: 'abc', wait: true })).catch(
      (error: unknown) => error,
    );
    await app.get(Desk, { strict: false }).arrived.promise;
    await app.close();
    await answer;
    const told = caught.json.find(({ message }) => String(message).startsWith('not all work was finished'));
    expect(told).to.include({ level: 'warn', openMessages: 1 });
  });

  it('R7 it refuses an application without microservices, and one without the module, and says what to do', async () => {
    const none = await NestFactory.create(ordersApp(), { logger: false });
    ends.push(() => none.close());
    expect(thrownBy(() => drainMicroservices(none))).to.include({ code: 'INVALID_OPTION' });
    expect(String(thrownBy(() => drainMicroservices(none)))).to.include('without microservices');

    @Module({})
    class Bare {}
    const bare = await NestFactory.createMicroservice(Bare, { transport: Transport.TCP, logger: false });
    ends.push(() => bare.close());
    expect(String(thrownBy(() => drainMicroservices(bare)))).to.include('without PenguiFlowModule');
  });
});
