// An application with logs on stdout, as Jest and Vitest run it; both have `describe`, `it` and `expect` as globals.
import 'reflect-metadata';
import { Body, Controller, Module, Post } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { loggingStats } from 'penguiflow';
import { CallFlow, PenguiFlowLogger, PenguiFlowModule } from 'penguiflow/nestjs';
import { Orders, ORDERS, type OrderInput } from '../src/orders.js';

@Controller('orders')
class OrdersController {
  @Post()
  @CallFlow(Orders)
  create(@Body() order: OrderInput): OrderInput {
    return order;
  }
}

@Module({
  imports: [PenguiFlowModule.forRoot({ logging: { structured: true } }), PenguiFlowModule.forFeature([Orders])],
  controllers: [OrdersController],
  providers: [...ORDERS],
})
class AppModule {}

/** `vi` of Vitest, or `jest`, which is no global in ES modules. */
const runner = globalThis.vi ?? (await import('@jest/globals')).jest;

describe('an application that logs to stdout', () => {
  afterEach(() => runner.useRealTimers());

  // The second one finds what the first one left behind.
  for (const timers of ['real', 'real', 'fake']) {
    it(`answers, and closes without waiting for its log (${timers} timers)`, async () => {
      const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
      const app = module.createNestApplication({ bufferLogs: true, forceCloseConnections: true });
      app.useLogger(app.get(PenguiFlowLogger));
      await app.listen(0, '127.0.0.1');
      const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
      const response = await fetch(`${url}/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"sku":"abc"}',
      });
      expect(await response.json()).toEqual({ sku: 'abc', cents: 300 });
      if (timers === 'fake') runner.useFakeTimers();
      const before = process.hrtime.bigint();
      await app.close();
      // A destination that never says it is done would be given five seconds, and its lines given up.
      expect(Number(process.hrtime.bigint() - before) / 1e9).toBeLessThan(5);
      const { written, dropped, failed } = loggingStats();
      expect([written > 0, dropped, failed]).toEqual([true, 0, 0]);
    });
  }
});
