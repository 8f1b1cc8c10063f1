import 'reflect-metadata';
import { Body, Controller, Injectable, Module, Post, Scope, type DynamicModule, type Type } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { expect } from 'chai';
import { Flow, FlowError, Node, start, type FlowNode } from '#src/index.js';
import {
  CallFlow,
  getFlowToken,
  InjectFlow,
  PenguiFlowModule,
  StreamFlow,
  type FlowHandle,
  type PenguiFlowModuleOptions,
} from '#src/nestjs/index.js';
import { LineCatcher } from '../support/line-catcher.js';
import { Orders, OrdersModule, type Order } from './support/orders-app.js';
import { useApps } from './support/run-app.js';

const logging = { level: 'silent' } as const;

async function init(...imports: (Type | DynamicModule)[]) {
  const module = await Test.createTestingModule({ imports }).compile();
  await module.init();
  return module;
}

async function rejection(promise: Promise<unknown>): Promise<FlowError> {
  try {
    await promise;
  } catch (error) {
    return error as FlowError;
  }
  return expect.fail('it did not reject') as never;
}

@Node()
class Echo implements FlowNode<string, string> {
  process = (text: string): string => text;
}

@Flow()
class Echoes {
  readonly graph = start(Echo);
}

describe('what PenguiFlowModule checks when an application starts', () => {
  describe('methods that call a flow', () => {
    class Base {
      @Post('inherited')
      @StreamFlow(Orders)
      inherited(@Body() order: Order): Order {
        return order;
      }
    }
    @Controller()
    class Calls {
      get trap(): never {
        throw new TypeError('a getter was called');
      }
      @Post()
      @CallFlow(Orders)
      create(@Body() order: Order): Order {
        return order;
      }
    }
    @Controller()
    class Inherits extends Base {}
    @Injectable()
    class Gateway {
      @CallFlow(Orders)
      onOrder(order: Order): Order {
        return order;
      }
    }

    const kinds: readonly (readonly [string, object, string])[] = [
      ['a controller', { controllers: [Calls] }, 'Calls.create'],
      ['a controller that inherits it', { controllers: [Inherits] }, 'Inherits.inherited'],
      ['a gateway or a resolver', { providers: [Gateway] }, 'Gateway.onOrder'],
    ];
    for (const [kind, parts, handler] of kinds) {
      it(`of ${kind} are named when no module provides the flow`, async () => {
        @Module(parts)
        class Forgetful {}
        const error = await rejection(init(PenguiFlowModule.forRoot({ logging }), Forgetful));
        expect(FlowError.is(error, 'UNRESOLVABLE_DEPENDENCY')).to.equal(true);
        expect(error.message).to.equal(`${handler} calls flow Orders, which no module of the application provides`);
        expect(error.hint).to.include('PenguiFlowModule.forFeature([Orders])');
      });

      it(`of ${kind} are fine when another module does`, async () => {
        @Module(parts)
        class Careful {}
        const app = await init(PenguiFlowModule.forRoot({ logging }), Careful, OrdersModule);
        await app.close();
      });
    }
  });

  describe('forRoot() in two modules', () => {
    function twice(one: PenguiFlowModuleOptions, other: PenguiFlowModuleOptions): Type {
      @Module({ imports: [PenguiFlowModule.forRoot(other), OrdersModule] })
      class Feature {}
      @Module({ imports: [PenguiFlowModule.forRoot(one), Feature] })
      class Root {}
      return Root;
    }

    it('with different options fails the start and names the first of them', async () => {
      for (const [one, other, option] of [
        [{ logging, drainS: 5 }, { logging }, 'drainS'],
        [{ logging, drainS: 5 }, { logging, drainS: 6 }, 'drainS'],
        [{ logging }, { logging: { level: 'error' } }, 'logging'],
      ] as const) {
        const error = await rejection(init(twice(one, other)));
        expect(FlowError.is(error, 'INVALID_OPTION')).to.equal(true);
        expect(error.message).to.equal(
          `PenguiFlowModule.forRoot() was imported twice in one application, with a different \`${option}\``,
        );
      }
    });

    it('with the same options is harmless', async () => {
      const app = await init(twice({ logging, drainS: 5 }, { logging: { level: 'silent' }, drainS: 5 }));
      const orders = app.get<FlowHandle<typeof Orders>>(getFlowToken(Orders), { strict: false });
      expect(await orders.call({ sku: 'a' })).to.include({ cents: 100 });
      await app.close();
    });
  });

  describe('modules that are loaded later', () => {
    it('have the handles of flows that are there', async () => {
      const app = await init(PenguiFlowModule.forRoot({ logging }), OrdersModule);
      @Injectable()
      class Late {
        constructor(@InjectFlow(Orders) readonly orders: FlowHandle<typeof Orders>) {}
      }
      @Module({ imports: [PenguiFlowModule.forFeature([Orders])], providers: [Late] })
      class LateModule {}
      const late = (await app.get(LazyModuleLoader).load(() => LateModule)).get(Late);
      expect(await late.orders.call({ sku: 'ab' })).to.include({ cents: 200 });
      await app.close();
    });

    it('are refused by name where they bring a flow of their own', async () => {
      const app = await init(PenguiFlowModule.forRoot({ logging }), OrdersModule);
      @Module({ imports: [PenguiFlowModule.forFeature([Echoes])], providers: [Echoes, Echo] })
      class LateModule {}
      const error = await rejection(app.get(LazyModuleLoader).load(() => LateModule));
      expect(FlowError.is(error, 'NOT_RUNNING')).to.equal(true);
      expect(error.message).to.equal(
        'Flow Echoes came with a module that was loaded after the application had started',
      );
      await app.close();
    });
  });

  describe('request-scoped services', () => {
    const apps = useApps();

    @Injectable({ scope: Scope.REQUEST })
    class Cart {}
    @Injectable()
    class Baskets {
      constructor(readonly cart: Cart) {}
    }
    @Node()
    class Pack implements FlowNode<string, string> {
      constructor(readonly baskets: Baskets) {}
      process = (text: string): string => text;
    }
    @Flow()
    class Packing {
      readonly graph = start(Pack);
    }
    @Controller()
    class Shop {
      constructor(readonly cart: Cart) {}
    }
    @Controller()
    class Window {}

    async function warnings(controller: Type): Promise<string[]> {
      const caught = new LineCatcher();
      @Module({
        imports: [
          PenguiFlowModule.forRoot({ logging: { structured: true, destination: caught } }),
          PenguiFlowModule.forFeature([Packing]),
        ],
        controllers: [controller],
        providers: [Packing, Pack, Baskets, Cart],
      })
      class App {}
      await apps.start(App);
      await apps.closeAll();
      return caught.json
        .filter(({ level, context }) => level === 'warn' && context === 'PenguiFlow')
        .map(({ message }) => String(message));
    }

    it('that a controller and a node inject are warned about once', async () => {
      const said = await warnings(Shop);
      expect(said).to.have.length(1);
      expect(said[0]).to.match(/^Cart is request-scoped and injected by Shop and by a node of flow Packing: /);
    });

    it('that a node injects alone are not', async () => {
      expect(await warnings(Window)).to.deep.equal([]);
    });
  });
});
