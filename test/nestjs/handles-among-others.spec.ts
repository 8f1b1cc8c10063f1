import 'reflect-metadata';
import { inspect } from 'node:util';
import { Inject, Injectable, Module, type DynamicModule, type Type } from '@nestjs/common';
import { DiscoveryModule, DiscoveryService, MetadataScanner } from '@nestjs/core';
import { CommandBus, CommandHandler, CqrsModule, EventBus, EventsHandler, type ICommandHandler } from '@nestjs/cqrs';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { Cron, Interval, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import { expect } from 'chai';
import { FlowError } from '#src/index.js';
import { getFlowToken, InjectFlow, PenguiFlowModule, type FlowHandle } from '#src/nestjs/index.js';
import { deferred } from '../support/deferred.js';
import { thrownBy } from '../support/thrown-by.js';
import { Orders, OrdersModule, type Priced } from './support/orders-app.js';

type OrdersHandle = FlowHandle<typeof Orders>;

const root = PenguiFlowModule.forRoot({ logging: { level: 'silent' } });

/** Starts an application, has something done in it, and closes it. */
async function within(imports: (Type | DynamicModule)[], body: (app: TestApp) => Promise<void>): Promise<void> {
  const app = await Test.createTestingModule({ imports: [root, OrdersModule, ...imports] }).compile();
  await app.init();
  try {
    await body(app);
  } finally {
    await app.close();
  }
}
type TestApp = Awaited<ReturnType<ReturnType<typeof Test.createTestingModule>['compile']>>;

describe('handles of flows in applications that look at every provider', () => {
  /** Fills a module with the handles that it needs, so that explorers meet them. */
  const flows = PenguiFlowModule.forFeature([Orders]);

  it('@nestjs/schedule starts, and a job calls the flow', async () => {
    const done = deferred<Priced>();
    @Injectable()
    class Nightly {
      constructor(@InjectFlow(Orders) readonly orders: OrdersHandle) {}
      @Cron('0 0 3 * * *', { name: 'nightly' })
      async atNight(): Promise<void> {
        done.resolve(await this.orders.call({ sku: 'abc' }));
      }
      @Interval('hourly', 3_600_000)
      hourly(): void {}
    }
    @Module({ imports: [ScheduleModule.forRoot(), flows], providers: [Nightly] })
    class Jobs {}
    await within([Jobs], async (app) => {
      await app.get(SchedulerRegistry).getCronJob('nightly').fireOnTick();
      expect(await done.promise).to.include({ cents: 300 });
    });
  });

  it('@nestjs/cqrs starts, and a command handler calls the flow', async () => {
    class Take {
      constructor(readonly sku: string) {}
    }
    class Taken {
      constructor(readonly priced: Priced) {}
    }
    const told = deferred<Priced>();
    @CommandHandler(Take)
    class TakeHandler implements ICommandHandler<Take> {
      constructor(
        @InjectFlow(Orders) readonly orders: OrdersHandle,
        readonly events: EventBus,
      ) {}
      async execute({ sku }: Take): Promise<Priced> {
        const priced = await this.orders.call({ sku });
        void this.events.publish(new Taken(priced));
        return priced;
      }
    }
    @EventsHandler(Taken)
    class TakenHandler {
      handle({ priced }: Taken): void {
        told.resolve(priced);
      }
    }
    @Module({ imports: [CqrsModule.forRoot(), flows], providers: [TakeHandler, TakenHandler] })
    class Commands {}
    await within([Commands], async (app) => {
      expect(await app.get(CommandBus).execute<Take, Priced>(new Take('ab'))).to.include({ cents: 200 });
      expect(await told.promise).to.include({ cents: 200 });
    });
  });

  it('@nestjs/event-emitter starts, and a listener calls the flow', async () => {
    const done = deferred<Priced>();
    @Injectable()
    class Listener {
      constructor(@InjectFlow(Orders) readonly orders: OrdersHandle) {}
      @OnEvent('order')
      async onOrder(sku: string): Promise<void> {
        done.resolve(await this.orders.call({ sku }));
      }
    }
    @Module({ imports: [EventEmitterModule.forRoot(), flows], providers: [Listener] })
    class Events {}
    await within([Events], async (app) => {
      await app.get(EventEmitter2).emitAsync('order', 'a');
      expect(await done.promise).to.include({ cents: 100 });
    });
  });

  it('DiscoveryModule starts, and reads every property of every provider while it does', async () => {
    const seen: unknown[] = [];
    @Injectable()
    class Explorer {
      constructor(
        discovery: DiscoveryService,
        @InjectFlow(Orders) readonly orders: OrdersHandle,
        @Inject(MetadataScanner) scanner: MetadataScanner,
      ) {
        for (const { instance } of discovery.getProviders() as { instance?: object }[]) {
          if (instance === undefined || instance === null || typeof instance !== 'object') continue;
          if (instance === orders) seen.push(instance);
          for (const key of scanner.getAllMethodNames(Object.getPrototypeOf(instance) as object | null)) {
            Reflect.get(instance, key);
          }
          for (const key of Reflect.ownKeys(instance)) Reflect.get(instance, key);
          void instance.constructor;
        }
      }
    }
    @Module({ imports: [DiscoveryModule, flows], providers: [Explorer] })
    class Discovers {}
    await within([Discovers], () => Promise.resolve());
    expect(seen).to.not.be.empty;
  });
});

describe('a handle without its flow', () => {
  async function unbound(): Promise<OrdersHandle> {
    const app = await Test.createTestingModule({ imports: [root, OrdersModule] }).compile();
    return app.get<OrdersHandle>(getFlowToken(Orders), { strict: false });
  }

  it('bears every kind of look', async () => {
    const orders = await unbound();
    expect(orders.constructor).to.equal(Object);
    expect('call' in orders).to.equal(true);
    expect('then' in orders).to.equal(false);
    expect(Object.keys(orders)).to.deep.equal([]);
    expect({ ...orders }).to.deep.equal({});
    expect(JSON.stringify(orders)).to.equal('{}');
    expect(inspect(orders, { showHidden: true, getters: true })).to.be.a('string');
    expect(Reflect.apply(Object.prototype.toString, orders, [])).to.equal('[object Object]');
    expect(await Promise.resolve(orders)).to.equal(orders);
    for (const key of ['then', 'onModuleInit', 'toJSON', Symbol.toPrimitive, Symbol.iterator, 'anything']) {
      expect(Reflect.get(orders, key), String(key)).to.equal(undefined);
    }
    for (const key of Reflect.ownKeys(orders)) Reflect.get(orders, key);
    expect([orders.name, orders.plan, orders.state]).to.deep.equal([undefined, undefined, undefined]);
  });

  it('complains by name when a method is called, and the method taken off it works once there is a flow', async () => {
    const app = await Test.createTestingModule({ imports: [root, OrdersModule] }).compile();
    const orders = app.get<OrdersHandle>(getFlowToken(Orders), { strict: false });
    const { call, snapshot } = orders;
    for (const early of [() => void call({ sku: 'a' }), () => snapshot(), () => void orders[Symbol.asyncDispose]()]) {
      const error = thrownBy(early);
      expect(FlowError.is(error, 'NOT_RUNNING')).to.equal(true);
      expect(error.message).to.match(
        /^`(?:call|snapshot|\[Symbol\.asyncDispose\])` of the flow Orders was used before/,
      );
    }
    await app.init();
    expect(await call({ sku: 'a' })).to.include({ cents: 100 });
    expect(orders.name).to.equal('Orders');
    await app.close();
  });
});
