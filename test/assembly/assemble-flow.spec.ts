import { expect } from 'chai';
import { container as globalContainer, delay, inject, injectable, Lifecycle, singleton } from 'tsyringe';
import type { FlowEvent } from '#src/events/flow-event.js';
import { start } from '#src/graph/start.js';
import { uncheckedGraph } from '#src/graph/unchecked-graph.js';
import { Flow } from '#src/metadata/flow.js';
import { Middleware } from '#src/metadata/middleware.js';
import { Node } from '#src/metadata/node.js';
import { OnFlowEvent } from '#src/metadata/on-flow-event.js';
import type { FlowClass } from '#src/ports/flow-class.js';
import type { NodeResolver } from '#src/ports/node-resolver.js';
import type { AnyProvider } from '#src/ports/provider.js';
import { SystemClock } from '#src/scheduling/system-clock.js';
import type { Token } from '#src/ports/token.js';
import { CLOCK, CORRELATION, FLOW_LOG } from '#src/ports/tokens.js';
import { assembleFlow } from '#src/assembly/assemble-flow.js';
import type { FlowAssemblyOptions } from '#src/assembly/create-flow-options.js';
import type { FlowParts } from '#src/runtime/flow-parts.js';
import { thrownBy } from '../support/thrown-by.js';

const lines: string[] = [];
const LOG = {
  silent: false,
  isLevelEnabled: () => true,
  flush: async () => {},
  write: (level: string, message: string, fields: unknown) =>
    lines.push(`${level} ${message} ${JSON.stringify(fields)}`),
};
const DEFAULTS: readonly AnyProvider[] = [
  { token: CLOCK, useClass: SystemClock },
  { token: FLOW_LOG, useValue: LOG },
  { token: CORRELATION, useValue: () => undefined },
];

describe('assembleFlow', () => {
  let alive: FlowParts[] = [];
  let root = globalContainer.createChildContainer();
  /** Each test has names and containers of its own. */
  function assemble(flow: FlowClass, options: FlowAssemblyOptions = {}): FlowParts {
    const own = options.resolver === undefined ? { container: root } : undefined;
    const parts = assembleFlow(flow, { ...own, ...options }, DEFAULTS);
    alive.push(parts);
    return parts;
  }
  beforeEach(() => {
    root = globalContainer.createChildContainer();
    lines.length = 0;
  });
  afterEach(async () => {
    for (const parts of alive) await parts.dispose();
    alive = [];
  });

  it('builds a flow from injected services that nobody registered', () => {
    class Catalog {
      readonly price = 3;
    }
    @Node()
    class Price {
      constructor(readonly catalog: Catalog) {}
      process(): number {
        return this.catalog.price;
      }
    }
    @Flow()
    class Orders {
      readonly graph = start(Price);
    }
    const parts = assemble(Orders);
    expect((parts.nodes.get('Price') as unknown as Price).catalog).to.be.instanceOf(Catalog);
    expect(parts.plan.flowName).to.equal('Orders');
    expect(Object.isFrozen(parts)).to.equal(true);
  });

  it('resolves the flow class itself, so a graph may depend on injected configuration', () => {
    class Settings {
      readonly audit: boolean = false;
    }
    @Node()
    class A {
      process(): number {
        return 1;
      }
    }
    @Node()
    class B {
      process(_: number): void {}
    }
    @Flow()
    class Orders {
      readonly graph;
      constructor(settings: Settings) {
        this.graph = uncheckedGraph(settings.audit ? [[A, [B]]] : [[A, []]]);
      }
    }
    expect(assemble(Orders).plan.nodes).to.have.length(1);
    const providers: readonly AnyProvider[] = [{ token: Settings, useValue: { audit: true } }];
    expect(assemble(Orders, { providers }).plan.nodes).to.have.length(2);
  });

  it('registers nothing outside of the flow', () => {
    @Node()
    class Price {
      process(): number {
        return 1;
      }
    }
    @Flow()
    class Orders {
      readonly graph = start(Price);
    }
    assemble(Orders, { providers: [{ token: 'url', useValue: 'x' }] });
    for (const token of [Price, Orders, 'url', CLOCK]) {
      expect(root.isRegistered(token as never, true)).to.equal(false);
      expect(globalContainer.isRegistered(token as never, true)).to.equal(false);
    }
  });

  it('builds each node once per flow, also where another service asks for it and though it is a singleton elsewhere', () => {
    @singleton()
    @Node()
    class Price {
      process(): number {
        return 1;
      }
    }
    @Node()
    class Report {
      constructor(readonly price: Price) {}
      process(_: number): number {
        return 1;
      }
    }
    @Flow()
    class Orders {
      readonly graph = start(Price).to(Report);
    }
    const [one, two] = [assemble(Orders), assemble(Orders)];
    expect((one.nodes.get('Report') as unknown as Report).price).to.equal(one.nodes.get('Price'));
    expect(one.nodes.get('Price')).not.to.equal(two.nodes.get('Price'));
  });

  describe('services', () => {
    it('takes values, classes, factories and aliases; what is built is built once per flow', () => {
      interface Logger {
        readonly name: string;
      }
      class Impl implements Logger {
        readonly name = 'impl';
      }
      let made = 0;
      @Node()
      class Price {
        constructor(
          @inject('value') readonly value: string,
          @inject('class') readonly logger: Logger,
          @inject('class') readonly again: Logger,
          @inject('made') readonly made: { readonly logger: Logger },
          @inject('alias') readonly alias: Logger,
        ) {}
        process(): number {
          return 1;
        }
      }
      @Node()
      class Next {
        constructor(@inject('made') readonly made: object) {}
        process(_: number): void {}
      }
      @Flow()
      class Orders {
        readonly graph = start(Price).to(Next);
      }
      const { nodes } = assemble(Orders, {
        providers: [
          { token: 'value', useValue: 'v' },
          { token: 'class', useClass: Impl },
          { token: 'made', useFactory: (services) => ({ logger: services.resolve<Logger>('class'), nth: ++made }) },
          { token: 'alias', useToken: 'class' },
        ],
      });
      const price = nodes.get('Price') as unknown as Price;
      expect(price.value).to.equal('v');
      expect([price.again, price.alias, price.made.logger].every((logger) => logger === price.logger)).to.equal(true);
      expect(made).to.equal(1);
    });

    it('prefers providers to the container, and the container to the defaults', () => {
      @Node()
      class Price {
        process(): number {
          return 1;
        }
      }
      @Flow()
      class Orders {
        readonly graph = start(Price);
      }
      expect(assemble(Orders).clock).to.be.instanceOf(SystemClock);
      const [theirs, mine] = [new SystemClock(), new SystemClock()];
      root.register(CLOCK, { useValue: theirs });
      expect(assemble(Orders).clock).to.equal(theirs);
      expect(assemble(Orders, { providers: [{ token: CLOCK, useValue: mine }] }).clock).to.equal(mine);
      expect(assemble(Orders).log).to.equal(LOG);
    });

    it('replaces a node that a provider binds, for tests', () => {
      @Node()
      class Price {
        process(): number {
          return 1;
        }
      }
      @Flow()
      class Orders {
        readonly graph = start(Price);
      }
      const fake = { process: () => 2 };
      expect(assemble(Orders, { providers: [{ token: Price, useValue: fake }] }).nodes.get('Price')).to.equal(fake);
    });

    it("builds a parent's singleton from the parent's services and shares it", () => {
      @injectable()
      class Pool {
        constructor(@inject('url') readonly url: string) {}
      }
      root.register('url', { useValue: 'theirs' });
      root.registerSingleton(Pool);
      @Node()
      class Price {
        constructor(readonly pool: Pool) {}
        process(): number {
          return 1;
        }
      }
      @Flow()
      class Orders {
        readonly graph = start(Price);
      }
      const { nodes } = assemble(Orders, { providers: [{ token: 'url', useValue: 'mine' }] });
      const { pool } = nodes.get('Price') as unknown as Price;
      expect(pool.url).to.equal('theirs');
      expect(root.resolve(Pool)).to.equal(pool);
    });

    it('asks a resolver of its own for everything, and no tsyringe', async () => {
      @Node()
      class Price {
        constructor(@inject('nowhere') readonly url: string) {}
        process(): number {
          return 1;
        }
      }
      @Flow()
      class Orders {
        readonly graph = start(Price);
      }
      const asked: Token[] = [];
      let disposed = 0;
      const price = new Price('theirs');
      const resolver: NodeResolver = {
        resolve: <T>(token: Token<T>): T => {
          asked.push(token);
          return ((token as unknown) === Price ? price : new Orders()) as T;
        },
        dispose: async () => {
          disposed += 1;
        },
      };
      const parts = assemble(Orders, { resolver });
      expect(parts.nodes.get('Price')).to.equal(price);
      expect(parts.clock).to.be.instanceOf(SystemClock);
      expect(asked).to.deep.equal([Orders, Price]);
      await parts.dispose();
      expect(disposed).to.equal(1);
    });
  });

  describe('a resolver that gives no instance', () => {
    @Node()
    class Price {
      process(): number {
        return 1;
      }
    }
    @Flow()
    class Orders {
      readonly graph = start(Price);
    }
    const answers: ReadonlyArray<readonly [what: string, answer: () => unknown, says: string]> = [
      ['undefined', () => undefined, 'Expected the resolver to give an instance of Orders, got undefined'],
      [
        'a promise, even one that rejects',
        () => Promise.reject(new Error('scoped')),
        'Expected the resolver to give an instance of Orders, got an object of class Promise',
      ],
    ];
    for (const [what, answer, says] of answers) {
      it(`is named with the class it was asked for: ${what}`, () => {
        const resolver: NodeResolver = { resolve: <T>() => answer() as T, dispose: () => Promise.resolve() };
        expect(thrownBy(() => assemble(Orders, { resolver }))).to.include({
          code: 'UNRESOLVABLE_DEPENDENCY',
          message: says,
        });
      });
    }

    it('is named with what it threw as the cause', () => {
      const cause = new Error('unknown provider');
      const resolve = <T>(token: Token<T>): T => {
        if ((token as unknown) === Orders) return new Orders() as T;
        throw cause;
      };
      const error = thrownBy(() => assemble(Orders, { resolver: { resolve, dispose: () => Promise.resolve() } }));
      expect(error.message).to.equal('The resolver gives no Price: Error: unknown provider');
      expect(error.cause).to.equal(cause);
    });
  });

  describe('what cannot be provided', () => {
    it('is named with the whole way to it and the fix, before anything is built', () => {
      let built = 0;
      @injectable()
      class Catalog {
        constructor(@inject('db') readonly db: object) {}
      }
      class Early {
        constructor() {
          built += 1;
        }
      }
      @Node()
      class Price {
        constructor(
          readonly early: Early,
          readonly catalog: Catalog,
        ) {}
        process(): number {
          return 1;
        }
      }
      @Flow()
      class Orders {
        readonly graph = start(Price);
      }
      const error = thrownBy(() => assemble(Orders));
      expect(error.code).to.equal('UNRESOLVABLE_DEPENDENCY');
      expect(error.message).to.equal('Price -> Catalog -> parameter 0 (db) asks for "db", which nobody provides');
      expect(error.hint).to.contain('providers');
      expect(built).to.equal(0);
    });

    it('may be a class without a decorator', () => {
      class Catalog {
        constructor(readonly db: Date) {}
      }
      @Node()
      class Price {
        constructor(readonly catalog: Catalog) {}
        process(): number {
          return 1;
        }
      }
      @Flow()
      class Orders {
        readonly graph = start(Price);
      }
      const error = thrownBy(() => assemble(Orders));
      expect(error.message).to.contain('Price -> Catalog -> parameter 0 (db)');
      expect(error.hint).to.contain('`@injectable()` on Catalog');
    });

    it('may be an interface deep down', () => {
      interface Db {
        readonly db: true;
      }
      @injectable()
      class Catalog {
        constructor(readonly db: Db) {}
      }
      @Node()
      class Price {
        constructor(readonly catalog: Catalog) {}
        process(): number {
          return 1;
        }
      }
      @Flow()
      class Orders {
        readonly graph = start(Price);
      }
      expect(thrownBy(() => assemble(Orders)).message).to.contain('Price -> Catalog -> parameter 0 (db)');
    });

    it('may be two services that need each other, unless one is delayed', () => {
      @injectable()
      class Hen {
        constructor(@inject('egg') readonly egg: object) {}
      }
      @injectable()
      class Egg {
        constructor(readonly hen: Hen) {}
      }
      @Node()
      class Farm {
        constructor(readonly egg: Egg) {}
        process(): number {
          return 1;
        }
      }
      @Flow()
      class Farming {
        readonly graph = start(Farm);
      }
      const error = thrownBy(() => assemble(Farming, { providers: [{ token: 'egg', useToken: Egg }] }));
      expect(error.message).to.contain('Farm -> Egg -> Hen -> Egg');
      @injectable()
      class Chick {
        constructor(@inject(delay(() => Chick)) readonly self: Chick) {}
      }
      @Node()
      class Coop {
        constructor(readonly chick: Chick) {}
        process(): number {
          return 1;
        }
      }
      @Flow()
      class Cooping {
        readonly graph = start(Coop);
      }
      expect(assemble(Cooping).nodes.size).to.equal(1);
    });

    it('keeps what a constructor threw as the cause', () => {
      const cause = new TypeError('no disk');
      @Node()
      class Price {
        constructor() {
          throw cause;
        }
        process(): number {
          return 1;
        }
      }
      @Flow()
      class Orders {
        readonly graph = start(Price);
      }
      const error = thrownBy(() => assemble(Orders));
      expect(error.message).to.equal('Cannot build Price: TypeError: no disk');
      expect(error.cause).to.equal(cause);
    });

    it('does not trip over an optional token or an inherited constructor', () => {
      @Node()
      class Base {
        process(): number {
          return 0;
        }
        constructor(
          @inject('url') readonly url: string,
          @inject('no', { isOptional: true }) readonly no?: string,
        ) {}
      }
      @Node()
      class Price extends Base {
        override process(): number {
          return 1;
        }
      }
      @Flow()
      class Orders {
        readonly graph = start(Price);
      }
      const price = assemble(Orders, { providers: [{ token: 'url', useValue: 'u' }] }).nodes.get(
        'Price',
      ) as unknown as Price;
      expect([price.url, price.no]).to.deep.equal(['u', undefined]);
    });
  });

  describe('middlewares', () => {
    it("takes classes, instances and functions, the flow's first, each once", () => {
      class Sink {
        readonly lines: string[] = [];
      }
      @Middleware()
      class Watch {
        constructor(readonly sink: Sink) {}
        @OnFlowEvent('node_failed') on(event: FlowEvent): void {
          this.sink.lines.push(event.eventType);
        }
        onFlowStart(): void {
          this.sink.lines.push('start');
        }
      }
      @Middleware()
      class Count {
        @OnFlowEvent() on(): void {}
      }
      const record = (): void => {};
      @Node()
      class Price {
        process(): number {
          return 1;
        }
      }
      @Flow({ middlewares: [Watch] })
      class Orders {
        readonly graph = start(Price);
      }
      const sink = new Sink();
      const { subscriptions, middlewares } = assemble(Orders, {
        providers: [{ token: Sink, useValue: sink }],
        middlewares: [new Count(), record, Watch, record],
      });
      expect(subscriptions.map(({ name }) => name)).to.deep.equal(['Watch.on', 'Count.on', 'record']);
      void subscriptions[0]!.listener({ eventType: 'node_failed' } as FlowEvent);
      expect(middlewares.map(({ name }) => name)).to.deep.equal(['Watch']);
      void middlewares[0]!.onFlowStart!();
      expect(sink.lines).to.deep.equal(['node_failed', 'start']);
    });

    it('refuses a class that listens to nothing', () => {
      class Deaf {}
      @Node()
      class Price {
        process(): number {
          return 1;
        }
      }
      @Flow({ middlewares: [Deaf] })
      class Orders {
        readonly graph = start(Price);
      }
      expect(thrownBy(() => assemble(Orders)).code).to.equal('MIDDLEWARE_NOT_DECORATED');
    });
  });

  describe('dispose', () => {
    it('R8 releases what was built for the flow, last first, and nothing that others own', async () => {
      const gone: string[] = [];
      class Transient {
        dispose(): void {
          gone.push('Transient');
        }
      }
      @injectable()
      class Shared {
        [Symbol.dispose](): void {
          gone.push('Shared');
        }
      }
      @injectable()
      class Scoped {
        async [Symbol.asyncDispose](): Promise<void> {
          await Promise.resolve();
          gone.push('Scoped');
        }
      }
      root.registerSingleton(Shared);
      root.register(Scoped, Scoped, { lifecycle: Lifecycle.ContainerScoped });
      @Node()
      class Price {
        constructor(
          readonly t: Transient,
          readonly s: Shared,
          readonly c: Scoped,
          @inject('value') readonly v: object,
          @inject('made') readonly m: object,
        ) {}
        process(): number {
          return 1;
        }
        [Symbol.dispose](): void {
          gone.push('Price');
        }
        dispose(): void {
          gone.push('never: Symbol.dispose goes first');
        }
      }
      @Middleware()
      class Watch {
        @OnFlowEvent() on(): void {}
        dispose(): void {
          gone.push('Watch');
        }
      }
      @Flow({ middlewares: [Watch] })
      class Orders {
        readonly graph = start(Price);
      }
      const parts = assemble(Orders, {
        providers: [
          { token: 'value', useValue: { dispose: () => gone.push('value') } },
          { token: 'made', useFactory: () => ({ dispose: () => gone.push('made') }) },
        ],
      });
      await parts.dispose();
      expect(gone).to.deep.equal(['Watch', 'Price', 'made', 'Scoped', 'Transient']);
      await parts.dispose();
      expect(gone).to.have.length(5);
    });

    it('goes on when one fails, and logs it', async () => {
      const gone: string[] = [];
      class First {
        dispose(): void {
          gone.push('First');
        }
      }
      @Node()
      class Price {
        constructor(readonly first: First) {}
        process(): number {
          return 1;
        }
        async dispose(): Promise<void> {
          throw new Error('stuck');
        }
      }
      @Flow()
      class Orders {
        readonly graph = start(Price);
      }
      await assemble(Orders).dispose();
      expect(gone).to.deep.equal(['First']);
      expect(lines).to.deep.equal([
        'warn a service of the flow could not be disposed {"service":"Price","error":"Error: stuck"}',
      ]);
    });

    it('happens when the assembly fails half way', async () => {
      let resolveGone: (name: string) => void;
      const gone = new Promise<string>((resolve) => {
        resolveGone = resolve;
      });
      @Node()
      class Price {
        process(): number {
          return 1;
        }
        dispose(): void {
          resolveGone('Price');
        }
      }
      class Deaf {}
      @Flow({ middlewares: [Deaf] })
      class Orders {
        readonly graph = start(Price);
      }
      thrownBy(() => assemble(Orders));
      expect(await gone).to.equal('Price');
    });
  });

  describe('names', () => {
    @Node()
    class Price {
      process(): number {
        return 1;
      }
    }
    @Flow({ name: 'shop' })
    class One {
      readonly graph = start(Price);
    }
    @Flow({ name: 'shop' })
    class Two {
      readonly graph = start(Price);
    }

    it('refuses a second class under the name of a live flow, until that is disposed', async () => {
      const [first, again] = [assemble(One), assemble(One)];
      const error = thrownBy(() => assemble(Two));
      expect(error.code).to.equal('DUPLICATE_FLOW_NAME');
      expect(error.message).to.contain('One and Two');
      await first.dispose();
      await first.dispose();
      expect(thrownBy(() => assemble(Two)).code).to.equal('DUPLICATE_FLOW_NAME');
      await again.dispose();
      expect(assemble(Two).plan.flowName).to.equal('shop');
    });

    it('does not hold a name for a flow that could not be assembled', () => {
      thrownBy(() => assemble(One, { middlewares: [{}] }));
      expect(assemble(Two).plan.flowName).to.equal('shop');
    });
  });

  describe('refusals', () => {
    @Node()
    class Price {
      process(): number {
        return 1;
      }
    }
    @Flow()
    class Orders {
      readonly graph = start(Price);
    }

    it('names a class without @Flow, and one without a graph', () => {
      class Bare {
        readonly graph = start(Price);
      }
      expect(thrownBy(() => assemble(Bare)).code).to.equal('FLOW_NOT_DECORATED');
      expect(thrownBy(() => assemble(undefined as never)).code).to.equal('FLOW_NOT_DECORATED');
      class Empty {
        readonly graph = undefined as never;
      }
      Flow()(Empty);
      expect(thrownBy(() => assemble(Empty)).code).to.equal('GRAPH_MISSING');
    });

    it('names a node whose process is missing when it is built', () => {
      @Node()
      class Field {
        readonly process = undefined as unknown as () => number;
      }
      @Flow()
      class Fields {
        readonly graph = start(Field);
      }
      expect(thrownBy(() => assemble(Fields)).code).to.equal('PROCESS_MISSING');
    });

    const wrong: readonly (readonly [object, string])[] = [
      [{ middleware: [] }, 'Unknown option `middleware` of createFlow(Orders)'],
      [
        { container: {} },
        'Expected `container` of createFlow(Orders) to be a tsyringe container, got an object of class Object',
      ],
      [{ middlewares: 1 }, 'Expected `middlewares` of createFlow(Orders) to be an array, got 1'],
      [
        { providers: [{ token: 'a' }] },
        'Expected `providers` of createFlow(Orders) to be a list of { token } with one of useValue, useClass, useFactory, useToken, got an object of class Object',
      ],
      [
        { providers: [{ token: 'rates', useClass: 5 }] },
        'Expected `useClass` of the provider of "rates" of createFlow(Orders) to be a class, got 5',
      ],
      [
        { providers: [{ token: 'rates', useFactory: 'make' }] },
        'Expected `useFactory` of the provider of "rates" of createFlow(Orders) to be a function, got "make"',
      ],
      [
        { resolver: {} },
        'Expected `resolver` of createFlow(Orders) to be a NodeResolver, got an object of class Object',
      ],
    ];
    for (const [options, message] of wrong) {
      it(`refuses the option ${Object.keys(options)[0]} when it is wrong`, () => {
        const error = thrownBy(() => assemble(Orders, options as FlowAssemblyOptions));
        expect(error.code).to.equal('INVALID_OPTION');
        expect(error.message).to.equal(message);
      });
    }
  });
});
