import 'reflect-metadata';
import { Body, Controller, Module, Post } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { expect } from 'chai';
import { expectTypeOf } from 'expect-type';
import { FlowError } from '#src/index.js';
import {
  CallFlow,
  getFlowToken,
  InjectFlow,
  PenguiFlowModule,
  provideFlowMock,
  type FlowHandle,
  type FlowMock,
} from '#src/nestjs/index.js';
import { thrownBy } from '../support/thrown-by.js';
import { Orders, ordersApp, type Order, type Priced } from './support/orders-app.js';
import { post, useApps } from './support/run-app.js';

type OrdersHandle = FlowHandle<typeof Orders>;

@Controller('desk')
class DeskController {
  constructor(@InjectFlow(Orders) readonly orders: OrdersHandle) {}

  @Post()
  @CallFlow(Orders)
  take(@Body() order: Order): Order {
    return order;
  }

  @Post('by-hand')
  byHand(@Body() order: Order): Promise<Priced> {
    return this.orders.call(order);
  }
}

const fake = (order: unknown): Promise<Priced> => Promise.resolve({ ...(order as Order), cents: 7 });

describe('spies on handles of flows', () => {
  const apps = useApps();

  /** As `jest.spyOn` does: puts another function under the name, and the old one back. */
  function byAssignment(orders: OrdersHandle): () => void {
    const { call } = orders;
    orders.call = fake;
    return () => void (orders.call = call);
  }
  /** As `vi.spyOn` does: defines the property anew, and gives the old description back. */
  function byDefinition(orders: OrdersHandle): () => void {
    const before = Object.getOwnPropertyDescriptor(orders, 'call')!;
    Object.defineProperty(orders, 'call', { ...before, value: fake });
    return () => void Object.defineProperty(orders, 'call', before);
  }

  for (const [how, spy] of Object.entries({ byAssignment, byDefinition })) {
    it(`a method that is replaced ${how} is the one that everybody calls, until it is restored`, async () => {
      // A module that provides the handle as well: it is the same.
      @Module({ imports: [PenguiFlowModule.forFeature([Orders])], controllers: [DeskController] })
      class DeskModule {}
      @Module({ imports: [ordersApp({ logging: { level: 'silent' } }), DeskModule] })
      class Root {}
      const { app, url } = await apps.start(Root);
      const restore = spy(app.get<OrdersHandle>(getFlowToken(Orders), { strict: false }));
      const cents = async (): Promise<number[]> => {
        const routes = ['orders', 'orders/by-hand', 'desk', 'desk/by-hand'];
        const answers = await Promise.all(routes.map((route) => post(`${url}/${route}`, { sku: 'abc' })));
        return Promise.all(answers.map(async (answer) => ((await answer.json()) as Priced).cents));
      };
      expect(await cents()).to.deep.equal([7, 7, 7, 7]);
      restore();
      expect(await cents()).to.deep.equal([300, 300, 300, 300]);
    });
  }
});

describe('provideFlowMock', () => {
  const apps = useApps();

  it('stands for a flow, without forRoot and forFeature, for @InjectFlow and @CallFlow', async () => {
    const module = await Test.createTestingModule({
      controllers: [DeskController],
      providers: [provideFlowMock(Orders, { call: fake })],
    }).compile();
    const app = module.createNestApplication({ logger: false });
    await app.listen(0, '127.0.0.1');
    try {
      const url = (await app.getUrl()).replace('[::1]', '127.0.0.1');
      for (const route of ['desk', 'desk/by-hand']) {
        expect(await (await post(`${url}/${route}`, { sku: 'a' })).json()).to.deep.equal({ sku: 'a', cents: 7 });
      }
    } finally {
      await app.close();
    }
  });

  it('overrides a flow of a whole application', async () => {
    const { url } = await apps.start(ordersApp({ logging: { level: 'silent' } }), 'express', (builder) =>
      builder.overrideProvider(getFlowToken(Orders)).useValue(provideFlowMock(Orders, { call: fake }).useValue),
    );
    expect(await (await post(`${url}/orders`, { sku: 'a' })).json()).to.include({ cents: 7 });
  });

  it('says by name what the test did not give, and bears looks and spies', async () => {
    const { useValue: orders } = provideFlowMock(Orders);
    const error = thrownBy(() => void orders.cancel('t'));
    expect(FlowError.is(error, 'NOT_RUNNING')).to.equal(true);
    expect(error.message).to.equal('`cancel` of the mock of flow Orders was called, and the test gave none');
    expect([orders.name, orders.state]).to.deep.equal(['Orders', 'running']);
    expect(await Promise.resolve(orders)).to.equal(orders);
    orders.call = fake;
    expect(await orders.call({ sku: 'a' })).to.include({ cents: 7 });
  });

  it('refuses what a flow does not have, and has the types of the flow', () => {
    const error = thrownBy(() => provideFlowMock(Orders, { cal: fake } as never));
    expect(FlowError.is(error, 'INVALID_OPTION')).to.equal(true);
    expect(error.message).to.equal('Unknown option `cal` of provideFlowMock(Orders)');
    expectTypeOf<NonNullable<FlowMock<typeof Orders>['call']>>().returns.toEqualTypeOf<Promise<Priced>>();
    // @ts-expect-error the flow gives something else
    provideFlowMock(Orders, { call: () => Promise.resolve('no order') });
  });
});
