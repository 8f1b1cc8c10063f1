// The test of docs/guide/nestjs.md: no server, a provider that is overridden, the handle of a flow.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { loggingStats } from 'penguiflow';
import { getFlowToken, PenguiFlowModule, type FlowHandle } from 'penguiflow/nestjs';
import { Desk, Orders, ORDERS } from '../src/orders.js';

@Module({
  imports: [PenguiFlowModule.forRoot({ logging: { structured: true } }), PenguiFlowModule.forFeature([Orders])],
  providers: [...ORDERS],
})
class AppModule {}

describe('a flow of an application', () => {
  it('is called by its handle', async () => {
    const seen: unknown[] = [];
    const module = await Test.createTestingModule({ imports: [AppModule] })
      .overrideProvider(Desk)
      .useValue({ seen })
      .compile();
    await module.init();
    const orders = module.get<FlowHandle<typeof Orders>>(getFlowToken(Orders), { strict: false });
    expect(await orders.call({ sku: 'ab' })).toEqual({ sku: 'ab', cents: 200 });
    expect(seen.length).toBe(1);
    const before = performance.now();
    await module.close();
    expect(performance.now() - before).toBeLessThan(5000);
    expect(loggingStats().dropped).toBe(0);
  });
});
