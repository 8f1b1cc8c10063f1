import { Injectable, Module, type INestApplicationContext, type OnApplicationShutdown } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { expect } from 'chai';
import { Test, type TestingModule } from '@nestjs/testing';
import { getLogger, type FlowError, type LoggingOptions } from '#src/index.js';
import {
  FlowHealthIndicator,
  getFlowToken,
  PenguiFlowModule,
  type FlowHandle,
  type PenguiFlowModuleOptions,
} from '#src/nestjs/index.js';
import { LineCatcher } from '../support/line-catcher.js';
import { Desk, Orders, ordersApp, OrdersModule } from './support/orders-app.js';
import { ADAPTERS, post, useApps } from './support/run-app.js';

for (const adapter of ADAPTERS) {
  describe(`penguiflow/nestjs: shutdown on ${adapter}`, () => {
    const apps = useApps();

    it('R8 what was let in is answered, what comes later is refused, and then the flows stop', async () => {
      const { app, url } = await apps.start(ordersApp(), adapter);
      const desk = app.get(Desk);
      const orders = app.get<FlowHandle<typeof Orders>>(getFlowToken(Orders), { strict: false });
      const health = app.get(FlowHealthIndicator);
      expect((await health.isHealthy('flows'))['flows']).to.include({ status: 'up' });

      const accepted = post(`${url}/orders`, { sku: 'a', wait: true });
      await desk.arrived.promise;
      const closed = app.close();
      // One that waits in the flow while others are refused.
      let refused: Response;
      do refused = await post(`${url}/orders`, { sku: 'b' });
      while (refused.status === 201);
      expect(refused.status).to.equal(503);
      expect(refused.headers.get('connection')).to.equal('close');
      expect(orders.state).to.equal('running');

      desk.release.resolve();
      const response = await accepted;
      expect(response.status).to.equal(201);
      expect(response.headers.get('connection')).to.equal('close');
      await closed;
      expect(orders.state).to.equal('stopped');
      expect((await health.isHealthy('flows'))['flows']).to.include({ status: 'down' });
    });

    it('after drainS what still runs is ended, answered with 503 and told in the log', async () => {
      const caught = new LineCatcher();
      const logging = { structured: true, destination: caught } as const;
      const { app, url } = await apps.start(
        ordersApp({ logging, drainS: 0.05, graceS: 1 }),
        adapter,
        undefined,
        (app) => app.enableShutdownHooks([]),
      );
      const accepted = post(`${url}/orders`, { sku: 'a', wait: true });
      await app.get(Desk).arrived.promise;
      await app.close();
      const response = await accepted.catch((error: unknown) => error);
      if (response instanceof Response) expect(response.status).to.equal(503);
      const told = caught.json.find(({ message }) => String(message).startsWith('not all work was finished'));
      expect(told).to.include({ level: 'warn', openRequests: 1, context: 'PenguiFlow' });
    });
  });
}

describe('penguiflow/nestjs: shutdown', () => {
  before(() => {
    // Applications of other specs that could not come up are owners until they are collected.
    Reflect.deleteProperty(globalThis, Symbol.for('penguiflow:nest-log-owners:2'));
  });

  it('logs are flushed last: a provider may log while the application shuts down', async () => {
    @Injectable()
    class LastWords implements OnApplicationShutdown {
      onApplicationShutdown(): void {
        getLogger().info('last words');
      }
    }
    const caught = new LineCatcher();
    const logging = { structured: true, destination: caught } as const;
    @Module({ imports: [PenguiFlowModule.forRoot({ logging }), OrdersModule], providers: [LastWords] })
    class App {}
    const app = await NestFactory.createApplicationContext(App, { logger: false });
    await app.close();
    getLogger().info('nobody hears this');
    expect(caught.last['message']).to.equal('last words');
  });

  it('R29 two applications in one process do not close each other’s log; the last one closes it', async () => {
    const caught = new LineCatcher();
    const logging = { structured: true, destination: caught } as const;
    const context = (options: PenguiFlowModuleOptions): Promise<INestApplicationContext> =>
      NestFactory.createApplicationContext(PenguiFlowModule.forRoot(options), { logger: false });
    for (const order of [
      [0, 1, 2],
      [2, 0, 1],
      [1, 2, 0],
    ]) {
      const apps = [await context({ logging }), await context({ logging }), await context({})];
      const heard: boolean[] = [];
      for (const index of order) {
        await apps[index]!.close();
        caught.clear();
        getLogger().info('still there?');
        heard.push(caught.lines.length === 1);
      }
      expect(heard, String(order)).to.deep.equal([true, true, false]);
    }
  });

  it('R29 an application that comes up keeps its log while another one closes', async () => {
    const caught = new LineCatcher();
    const logging = { structured: true, destination: caught } as const;
    const build = (): Promise<TestingModule> =>
      Test.createTestingModule({ imports: [PenguiFlowModule.forRoot({ logging })] }).compile();
    const first = await (await build()).init();
    const second = await build();
    await first.close();
    getLogger().info('still there');
    expect(caught.last['message']).to.equal('still there');
    await second.init();
    await second.close();
    caught.clear();
    getLogger().info('nobody hears this');
    expect(caught.lines).to.have.lengthOf(0);
  });

  it('R29 one whose set-up of logging is refused does not keep the log of the others open', async () => {
    const caught = new LineCatcher();
    const context = (logging: LoggingOptions): Promise<INestApplicationContext> =>
      NestFactory.createApplicationContext(PenguiFlowModule.forRoot({ logging }), {
        logger: false,
        abortOnError: false,
      });
    const app = await context({ structured: true, destination: caught });
    expect(await context({ level: 'loud' as never }).catch((error: unknown) => (error as FlowError).code)).to.equal(
      'INVALID_OPTION',
    );
    await app.close();
    getLogger().info('nobody hears this');
    expect(caught.lines).to.have.lengthOf(0);
  });

  it('an application without HTTP has flows, too, and no signal handler of ours', async () => {
    const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;
    const before = signals.map((signal) => process.listenerCount(signal));
    const app = await NestFactory.createApplicationContext(ordersApp(), { logger: false });
    expect(signals.map((signal) => process.listenerCount(signal))).to.deep.equal(before);
    const orders = app.get<FlowHandle<typeof Orders>>(getFlowToken(Orders), { strict: false });
    expect(await orders.call({ sku: 'ab' })).to.deep.equal({ sku: 'ab', cents: 200 });
    await app.close();
    expect(orders.state).to.equal('stopped');
  });

  it('closing twice is fine, and closing before the flows ran', async () => {
    const app = await NestFactory.createApplicationContext(ordersApp({ autoRun: false }), { logger: false });
    await app.close();
    await app.close();
  });
});
