import 'reflect-metadata';
import { Inject, Injectable, Module, Scope, type DynamicModule, type Type } from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { expect } from 'chai';
import {
  Flow,
  FlowError,
  LOGGER,
  Middleware,
  Node,
  OnFlowEvent,
  start,
  type FlowEvent,
  type FlowNode,
  type Message,
} from '#src/index.js';
import {
  getFlowToken,
  InjectFlow,
  PenguiFlowModule,
  type FlowHandle,
  type PenguiFlowModuleOptions,
} from '#src/nestjs/index.js';
import { never } from '../support/deferred.js';
import { plainWinston } from '../support/line-catcher.js';
import { Catalog, Orders, OrdersModule, ordersApp, Price } from './support/orders-app.js';

async function rejection(promise: Promise<unknown>): Promise<FlowError> {
  try {
    await promise;
  } catch (error) {
    return error as FlowError;
  }
  return expect.fail('it did not reject') as never;
}

/** Compiles and initialises an application without HTTP. */
async function init(...imports: (Type | DynamicModule)[]) {
  const module = await Test.createTestingModule({ imports }).compile();
  await module.init();
  return module;
}

async function withApp<R>(
  root: Type | DynamicModule,
  body: (orders: FlowHandle<typeof Orders>) => Promise<R>,
): Promise<R> {
  const module = await init(root, OrdersModule);
  try {
    return await body(module.get<FlowHandle<typeof Orders>>(getFlowToken(Orders), { strict: false }));
  } finally {
    await module.close();
  }
}

describe('PenguiFlowModule', () => {
  describe('options', () => {
    @Injectable()
    class Config {
      static made = 0;
      constructor() {
        Config.made++;
      }
      createPenguiFlowOptions(): PenguiFlowModuleOptions {
        return { drainS: 0 };
      }
    }
    @Module({ providers: [Config], exports: [Config] })
    class ConfigModule {}

    const ways: Record<string, () => DynamicModule> = {
      'forRoot()': () => PenguiFlowModule.forRoot(),
      'forRoot({ drainS })': () => PenguiFlowModule.forRoot({ drainS: 0 }),
      'forRoot({ isGlobal: false })': () => PenguiFlowModule.forRoot({ isGlobal: false }),
      useFactory: () =>
        PenguiFlowModule.forRootAsync({
          imports: [ConfigModule],
          inject: [Config],
          useFactory: (config: Config) => Promise.resolve(config.createPenguiFlowOptions()),
        }),
      useClass: () => PenguiFlowModule.forRootAsync({ useClass: Config }),
      useExisting: () => PenguiFlowModule.forRootAsync({ imports: [ConfigModule], useExisting: Config }),
    };
    for (const [way, root] of Object.entries(ways)) {
      it(`${way} configures`, async () => {
        if (way.startsWith('forRoot({ isG')) {
          // Not global: whoever wants LOGGER imports the same module.
          @Module({ imports: [root()] })
          class Root {}
          const module = await init(Root);
          return module.close();
        }
        await withApp(root(), async (orders) => {
          expect(await orders.call({ sku: 'ab' })).to.deep.equal({ sku: 'ab', cents: 200 });
        });
      });
    }

    it('an unknown option fails at bootstrap with its name, also from a factory', async () => {
      const wrong = { drainsS: 3 } as PenguiFlowModuleOptions;
      for (const root of [
        PenguiFlowModule.forRoot(wrong),
        PenguiFlowModule.forRootAsync({ useFactory: () => wrong }),
      ]) {
        const error = await rejection(init(root));
        expect(FlowError.is(error, 'INVALID_OPTION')).to.equal(true);
        expect(error.message).to.include('`drainsS`');
      }
      expect(() => PenguiFlowModule.forRootAsync({ useFactroy: () => ({}) } as never)).to.throw(
        FlowError,
        /useFactroy/,
      );
    });

    const bad: Record<string, unknown> = {
      drainS: -1,
      graceS: '5',
      startTimeoutS: 0,
      timeoutS: 0,
      autoRun: 1,
      trustTraceHeaders: 'yes',
      middlewares: 'FlowLogger',
      interceptors: {},
      logger: {},
      logging: true,
      flowLogger: null,
      timeoutHeader: 'x y',
    };
    for (const [option, value] of Object.entries(bad)) {
      it(`a bad \`${option}\` is named`, async () => {
        const error = await rejection(init(PenguiFlowModule.forRoot({ [option]: value })));
        expect(FlowError.is(error, 'INVALID_OPTION')).to.equal(true);
        expect(error.message).to.include(`\`${option}\` of PenguiFlowModule.forRoot()`);
      });
    }

    it('forFeature without forRoot says what is missing', async () => {
      const { logger } = plainWinston();
      @Module({ providers: [{ provide: LOGGER, useValue: logger }], exports: [LOGGER] })
      class LoggerModule {}
      @Module({ imports: [PenguiFlowModule.forFeature([Orders]), LoggerModule] })
      class Lonely {}
      const error = await rejection(init(Lonely));
      expect(error.message).to.equal(
        'PenguiFlowModule.forFeature([Orders]) was imported without PenguiFlowModule.forRoot()',
      );
    });

    it('forFeature refuses what is no class', () => {
      expect(() => PenguiFlowModule.forFeature([undefined as never])).to.throw(FlowError, /undefined/);
    });
  });

  describe('injection', () => {
    it('nodes are built once, by NestJS, with its own providers', async () => {
      Price.built = 0;
      Catalog.built = 0;
      await withApp(PenguiFlowModule.forRoot(), (orders) => orders.call({ sku: 'a' }));
      expect([Price.built, Catalog.built]).to.deep.equal([1, 1]);
    });

    it('a provider can be overridden, and so can a flow', async () => {
      const module = await Test.createTestingModule({ imports: [ordersApp()] })
        .overrideProvider(Catalog)
        .useValue({ price: () => 7 })
        .compile();
      await module.init();
      const orders = module.get<FlowHandle<typeof Orders>>(getFlowToken(Orders), { strict: false });
      expect(await orders.call({ sku: 'abc' })).to.deep.equal({ sku: 'abc', cents: 7 });
      await module.close();

      const fake = { call: () => 'fake' };
      const faked = await Test.createTestingModule({ imports: [ordersApp()] })
        .overrideProvider(getFlowToken(Orders))
        .useValue(fake)
        .compile();
      await faked.init();
      expect(faked.get(getFlowToken(Orders), { strict: false })).to.equal(fake);
      await faked.close();
    });

    it('a node that is no provider is named, with what to do', async () => {
      @Module({ imports: [PenguiFlowModule.forFeature([Orders])], providers: [Orders] })
      class Forgetful {}
      const error = await rejection(init(PenguiFlowModule.forRoot(), Forgetful));
      expect(error.code).to.equal('UNRESOLVABLE_DEPENDENCY');
      expect(error.message).to.equal('Flow Orders needs Price, which is no provider of the application');
    });

    it('a handle that is used too early says so, and NestJS may look at it', async () => {
      @Injectable()
      class Hasty {
        constructor(@InjectFlow(Orders) orders: FlowHandle<typeof Orders>) {
          void orders.call({ sku: 'a' });
        }
      }
      @Module({ imports: [OrdersModule, PenguiFlowModule.forFeature([Orders])], providers: [Hasty] })
      class HastyModule {}
      const error = await rejection(init(PenguiFlowModule.forRoot(), HastyModule));
      expect(error.code).to.equal('NOT_RUNNING');
      expect(error.message).to.include('`call` of the flow Orders');
    });

    it('R5 concurrency of forFeature, else of forRoot, is that of nodes whose flow says nothing', async () => {
      @Node()
      class Work implements FlowNode<string, string> {
        process(text: string): string {
          return text;
        }
      }
      @Flow()
      class Silent {
        readonly graph = start(Work);
      }
      @Flow({ concurrency: 2 })
      class Says {
        readonly graph = start(Work);
      }
      @Module({ providers: [Work, Silent, Says], imports: [PenguiFlowModule.forFeature([Silent, Says])] })
      class Plain {}
      @Module({
        providers: [Work, Silent, Says],
        imports: [PenguiFlowModule.forFeature([Silent, Says], { concurrency: 8 })],
      })
      class Wide {}
      const concurrency = async (module: Type, root: PenguiFlowModuleOptions): Promise<unknown[]> => {
        const app = await init(PenguiFlowModule.forRoot(root), module);
        try {
          return [Silent, Says].map(
            (flow) =>
              app.get<FlowHandle<typeof Silent>>(getFlowToken(flow), { strict: false }).plan.nodes[0]?.policy
                .concurrency,
          );
        } finally {
          await app.close();
        }
      };
      expect(await concurrency(Plain, {})).to.deep.equal([1, 2]);
      expect(await concurrency(Plain, { concurrency: 4 })).to.deep.equal([4, 2]);
      expect(await concurrency(Wide, { concurrency: 4 })).to.deep.equal([8, 2]);
      @Module({ imports: [PenguiFlowModule.forFeature([Silent], { concurrency: 16 })] })
      class Wider {}
      const error = await rejection(init(PenguiFlowModule.forRoot(), Wide, Wider));
      expect([error.code, error.message]).to.satisfy(
        ([code, message]: string[]) => code === 'INVALID_OPTION' && message?.includes('of flow Silent'),
      );
      expect(() => PenguiFlowModule.forFeature([Silent], { concurrency: 0 })).to.throw(FlowError, /concurrency/);
      expect(() => PenguiFlowModule.forFeature([Silent], { nope: 1 } as object)).to.throw(FlowError, /nope/);
    });

    it('two modules that list a flow share it', async () => {
      @Module({ imports: [PenguiFlowModule.forFeature([Orders])] })
      class Reports {
        constructor(@InjectFlow(Orders) readonly orders: FlowHandle<typeof Orders>) {}
      }
      const module = await init(PenguiFlowModule.forRoot(), OrdersModule, Reports);
      const all = module.get<FlowHandle<typeof Orders>>(getFlowToken(Orders), { strict: false, each: true });
      expect(all).to.have.length(2);
      expect(await all[0]!.call({ sku: 'a' })).to.deep.equal(await module.get(Reports).orders.call({ sku: 'a' }));
      expect(all[1]!.snapshot()).to.deep.equal(all[0]!.snapshot());
      await module.close();
    });
  });

  describe('scopes', () => {
    @Injectable({ scope: Scope.REQUEST })
    class Envelope {
      constructor(@Inject(REQUEST) readonly message: Message) {}
    }
    @Node({ maxRetries: 1, backoffBaseS: 0 })
    class PerMessage implements FlowNode<string, string> {
      static built = 0;
      #attempts = 0;
      constructor(private readonly envelope: Envelope) {
        PerMessage.built++;
      }
      process(text: string): string {
        if (text === 'retry' && this.#attempts++ === 0) throw new TypeError('once');
        return `${text} of ${this.envelope.message.traceId}`;
      }
    }
    @Injectable({ scope: Scope.TRANSIENT })
    @Node()
    class PerFlow implements FlowNode<string, string> {
      static built = 0;
      readonly #id = ++PerFlow.built;
      process(text: string): string {
        return `${text} by ${this.#id}`;
      }
    }
    @Flow()
    class Scoped {
      readonly graph = start(PerMessage).to(PerFlow);
    }
    @Flow()
    class AlsoPerFlow {
      readonly graph = start(PerFlow);
    }

    it('a request-scoped node is built per message, with the envelope as REQUEST; a transient one per flow', async () => {
      @Module({
        imports: [PenguiFlowModule.forFeature([Scoped, AlsoPerFlow])],
        providers: [Scoped, AlsoPerFlow, PerMessage, PerFlow, Envelope],
      })
      class ScopedModule {}
      const module = await init(PenguiFlowModule.forRoot(), ScopedModule);
      const scoped = module.get<FlowHandle<typeof Scoped>>(getFlowToken(Scoped), { strict: false });
      const also = module.get<FlowHandle<typeof AlsoPerFlow>>(getFlowToken(AlsoPerFlow), { strict: false });
      const results = await Promise.all(['t1', 't2'].map((traceId) => scoped.call('x', { traceId })));
      const [first] = results;
      expect(first).to.match(/^x of t1 by \d$/);
      expect(results[1]).to.equal(first!.replace('t1', 't2'));
      expect(await also.call('x')).to.not.equal(`x by ${first!.at(-1)!}`);
      expect(PerMessage.built).to.equal(2);
      expect(await scoped.call('retry', { traceId: 't3' })).to.include('retry of t3');
      expect(PerMessage.built, 'a retry has the same instance').to.equal(3);
      await module.close();
    });

    it('a request-scoped middleware or flow class is refused by name', async () => {
      @Middleware()
      class Watcher {
        constructor(readonly envelope: Envelope) {}
        @OnFlowEvent('node_success')
        on(_event: FlowEvent): void {}
      }
      @Flow({ middlewares: [Watcher] })
      class Watched {
        readonly graph = start(PerFlow);
      }
      @Module({
        imports: [PenguiFlowModule.forFeature([Watched])],
        providers: [Watched, Watcher, PerFlow, Envelope],
      })
      class WatchedModule {}
      const error = await rejection(init(PenguiFlowModule.forRoot(), WatchedModule));
      expect(error.message).to.include('Watcher of flow Watched is request-scoped');
    });
  });

  describe('lifecycle', () => {
    it('flows run from onApplicationBootstrap, stop with the application, and not at all with autoRun: false', async () => {
      const module = await Test.createTestingModule({ imports: [ordersApp()] }).compile();
      const orders = module.get<FlowHandle<typeof Orders>>(getFlowToken(Orders), { strict: false });
      await module.init();
      expect(orders.state).to.equal('running');
      await module.close();
      expect(orders.state).to.equal('stopped');
      const still = await init(ordersApp({ autoRun: false }));
      expect(still.get<FlowHandle<typeof Orders>>(getFlowToken(Orders), { strict: false }).state).to.equal('created');
      await still.close();
    });

    it('a flow that does not start stops the others and fails the bootstrap', async () => {
      const stopped: string[] = [];
      @Node()
      class Fine implements FlowNode<string, string> {
        process = (text: string): string => text;
        onFlowStop(): void {
          stopped.push('Fine');
        }
      }
      @Flow()
      class FineFlow {
        readonly graph = start(Fine);
      }
      @Node()
      class Failing implements FlowNode<string, string> {
        process = (text: string): string => text;
        onFlowStart(): void {
          throw new TypeError('no database');
        }
      }
      @Flow()
      class FailingFlow {
        readonly graph = start(Failing);
      }
      @Module({
        imports: [PenguiFlowModule.forFeature([FineFlow, FailingFlow])],
        providers: [FineFlow, FailingFlow, Fine, Failing],
      })
      class Mixed {}
      const error = await rejection(init(PenguiFlowModule.forRoot(), Mixed));
      expect(error.code).to.equal('START_FAILED');
      expect(stopped).to.deep.equal(['Fine']);
    });

    it('R9 a flow that starts for longer than startTimeoutS fails the bootstrap', async () => {
      @Node()
      class Hanging implements FlowNode<string, string> {
        process = (text: string): string => text;
        onFlowStart(): Promise<void> {
          return never();
        }
      }
      @Flow()
      class HangingFlow {
        readonly graph = start(Hanging);
      }
      @Module({ imports: [PenguiFlowModule.forFeature([HangingFlow])], providers: [HangingFlow, Hanging] })
      class Hangs {}
      const error = await rejection(init(PenguiFlowModule.forRoot({ startTimeoutS: 0.01 }), Hangs));
      expect(error).to.include({ code: 'START_FAILED', nodeName: 'Hanging' });
      expect(error.metadata).to.deep.equal({ start_timeout_s: 0.01 });
    });
  });
});
