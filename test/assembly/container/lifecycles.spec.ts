import { expect } from 'chai';
import {
  delay,
  inject,
  injectable,
  injectAll,
  instanceCachingFactory,
  instancePerContainerCachingFactory,
  Lifecycle,
  predicateAwareClassFactory,
} from 'tsyringe';
import type { AssembledFlow } from '#src/assembly/assemble-flow.js';
import { start } from '#src/graph/start.js';
import { Flow } from '#src/metadata/flow.js';
import { Middleware } from '#src/metadata/middleware.js';
import { Node } from '#src/metadata/node.js';
import { OnFlowEvent } from '#src/metadata/on-flow-event.js';
import type { AnyProvider } from '#src/ports/provider.js';
import type { FlowParts } from '#src/runtime/flow-parts.js';
import { flowOf, useAssembly } from '../support/use-assembly.js';

class Pool {
  static gone: Pool[] = [];
  dispose(): void {
    Pool.gone.push(this);
  }
}

@Node()
class First {
  constructor(@inject('pool') readonly pool: Pool) {}
  process(payload: number): number {
    return payload;
  }
}
@Node()
class Second {
  constructor(@inject('pool') readonly pool: Pool) {}
  process(payload: number): number {
    return payload;
  }
}

describe('how long a service lives', () => {
  const assembly = useAssembly();
  let made = 0;
  beforeEach(() => {
    Pool.gone = [];
  });

  /** A flow of two nodes that need the pool. */
  function twoNodes(providers: readonly AnyProvider[] = []): FlowParts & { readonly pools: readonly Pool[] } {
    class Twos {
      readonly graph = start(First).to(Second);
    }
    Flow({ name: `twos-${++made}` })(Twos);
    const parts = assembly.assemble(Twos, { providers });
    const pools = ['First', 'Second'].map((name) => (parts.nodes.get(name) as unknown as First).pool);
    return Object.assign(Object.create(null) as object, parts, { pools });
  }

  it('a class that nobody registered, and one that is registered without more, is built once per consumer', async () => {
    class Counter extends Pool {}
    @Node()
    class Left {
      constructor(readonly counter: Counter) {}
      process(payload: number): number {
        return payload;
      }
    }
    @Node()
    class Right {
      constructor(
        readonly counter: Counter,
        readonly other: Counter,
      ) {}
      process(_: number): void {}
    }
    class Sides {
      readonly graph = start(Left).to(Right);
    }
    Flow()(Sides);
    const parts = assembly.assemble(Sides);
    const [left, right] = ['Left', 'Right'].map((name) => parts.nodes.get(name) as unknown as Right);
    expect(new Set([left!.counter, right!.counter, right!.other]).size).to.equal(3);
    await parts.dispose();
    expect(Pool.gone).to.have.length(3);
    assembly.root.register('pool', Pool);
    const { pools } = twoNodes();
    expect(pools[0]).to.not.equal(pools[1]);
  });

  it('once per flow: bound with useClass, or scoped to a container, whenever that was said', async () => {
    const child = assembly.root.createChildContainer();
    assembly.root.register('pool', Pool, { lifecycle: Lifecycle.ContainerScoped });
    const { pools: bound, dispose } = twoNodes([{ token: 'pool', useClass: Pool }]);
    expect(bound[0]).to.equal(bound[1]);
    await dispose();
    expect(Pool.gone).to.deep.equal([bound[0]]);
    for (const container of [assembly.root, child]) {
      Pool.gone = [];
      assembly.root = container;
      const [one, other] = [twoNodes(), twoNodes()];
      expect(one.pools[0]).to.equal(one.pools[1]);
      expect(one.pools[0]).to.not.equal(other.pools[0]);
      await one.dispose();
      expect(Pool.gone).to.deep.equal([one.pools[0]]);
    }
  });

  it('as long as the container: a singleton of it, which no flow disposes of, not even by way of a factory or an alias of its own', async () => {
    assembly.root.registerSingleton('db', Pool);
    const theirs = assembly.root.resolve<Pool>('db');
    for (const provider of [
      { token: 'pool', useFactory: (services: { resolve(token: string): unknown }) => services.resolve('db') },
      { token: 'pool', useToken: 'db' },
    ]) {
      const flow = twoNodes([provider as AnyProvider]);
      expect(flow.pools).to.deep.equal([theirs, theirs]);
      await flow.dispose();
    }
    const value = new Pool();
    const handed = twoNodes([
      { token: 'value', useValue: value },
      { token: 'pool', useFactory: (services) => services.resolve('value') },
    ]);
    expect(handed.pools[0]).to.equal(value);
    await handed.dispose();
    expect(Pool.gone).to.deep.equal([]);
  });

  it('a singleton that the container builds for a flow is announced to what hangs on the container', () => {
    const heard: unknown[] = [];
    assembly.root.registerSingleton('pool', Pool);
    assembly.root.afterResolution('pool', (_token, pool) => void heard.push(pool), { frequency: 'Once' });
    const { pools } = twoNodes();
    expect(heard).to.deep.equal([pools[0]]);
  });

  it('as long as one resolution', async () => {
    @injectable()
    class Cart {
      constructor(
        @inject('pool') readonly one: Pool,
        @inject('pool') readonly other: Pool,
      ) {}
    }
    assembly.root.register('pool', Pool, { lifecycle: Lifecycle.ResolutionScoped });
    @Node()
    class Shop {
      constructor(
        readonly cart: Cart,
        readonly second: Cart,
      ) {}
      process(): void {}
    }
    const parts = assembly.assemble(flowOf(Shop));
    const { cart, second } = parts.nodes.get('Shop') as unknown as Shop;
    expect([cart.one === cart.other, cart.one === second.one]).to.deep.equal([true, true]);
    await parts.dispose();
    expect(Pool.gone).to.deep.equal([cart.one]);
  });

  it('what resolutions share is not shared with a singleton of the container', async () => {
    @injectable()
    class Lasting {
      constructor(@inject('pool') readonly pool: Pool) {}
    }
    assembly.root.register('pool', Pool, { lifecycle: Lifecycle.ResolutionScoped });
    assembly.root.registerSingleton('lasting', Lasting);
    assembly.root.registerSingleton('lasting', Lasting);
    @Node()
    class Uses {
      constructor(
        @inject('pool') readonly pool: Pool,
        @injectAll('lasting') readonly lasting: readonly Lasting[],
      ) {}
      process(): void {}
    }
    const parts = assembly.assemble(flowOf(Uses));
    const uses = parts.nodes.get('Uses') as unknown as Uses;
    expect(new Set([uses.pool, ...uses.lasting.map(({ pool }) => pool)]).size).to.equal(3);
    await parts.dispose();
    expect(Pool.gone).to.deep.equal([uses.pool]);
  });

  describe('of what a factory of the container makes', () => {
    it('is the business of the container, but what the flow builds for it is disposed of', async () => {
      class Own extends Pool {}
      assembly.root.register('own', { useFactory: (container) => container.resolve(Own) });
      assembly.root.register('pool', {
        useFactory: (container) => Object.assign(new Pool(), { own: container.resolve('own') }),
      });
      const flow = twoNodes();
      expect(flow.pools[0]).to.not.equal(flow.pools[1]);
      await flow.dispose();
      expect(Pool.gone.map((pool) => pool.constructor.name)).to.deep.equal(['Own', 'Own']);
    });

    it('sees the services of the flow', () => {
      assembly.root.register('pool', { useFactory: (container) => container.resolve('url') });
      expect(twoNodes([{ token: 'url', useValue: 'mine' }]).pools).to.deep.equal(['mine', 'mine']);
    });

    for (const [title, factory] of [
      ['instanceCachingFactory', instanceCachingFactory((container) => container.resolve(Pool))],
      ['predicateAwareClassFactory', predicateAwareClassFactory(() => true, Pool, Object)],
    ] as const) {
      it(`is kept by ${title}, and no flow disposes of it`, async () => {
        assembly.root.register('pool', { useFactory: factory });
        const [one, other] = [twoNodes(), twoNodes()];
        expect(new Set([...one.pools, ...other.pools]).size).to.equal(1);
        await one.dispose();
        await other.dispose();
        expect(Pool.gone).to.deep.equal([]);
      });
    }

    it('is kept for others, but what the flow has of its own is disposed of, whoever asked for it first', async () => {
      class Own extends Pool {}
      assembly.root.register('pool', { useFactory: instanceCachingFactory((container) => container.resolve('own')) });
      const flow = twoNodes([{ token: 'own', useClass: Own }]);
      await flow.dispose();
      expect(Pool.gone).to.deep.equal([flow.pools[0]]);
    });

    it('is one per flow with instancePerContainerCachingFactory', async () => {
      assembly.root.register('pool', {
        useFactory: instancePerContainerCachingFactory((container) => container.resolve(Pool)),
      });
      const [one, other] = [twoNodes(), twoNodes()];
      expect(one.pools[0]).to.equal(one.pools[1]);
      expect(one.pools[0]).to.not.equal(other.pools[0]);
      await one.dispose();
      expect(Pool.gone).to.deep.equal([one.pools[0]]);
    });
  });

  describe('of a delayed service', () => {
    @injectable()
    class Lazy extends Pool {
      constructor(@inject('url') readonly url: string) {
        super();
      }
    }
    @Node()
    class Waits {
      constructor(@inject(delay(() => Lazy)) readonly lazy: Lazy) {}
      process(): string {
        return this.lazy.url;
      }
    }

    it('begins with its first use, and ends with the flow', async () => {
      const parts = assembly.assemble(flowOf(Waits), { providers: [{ token: 'url', useValue: 'mine' }] });
      expect((parts.nodes.get('Waits') as unknown as Waits).process()).to.equal('mine');
      await parts.dispose();
      expect(Pool.gone).to.have.length(1);
    });

    it('never begins where nobody uses it', async () => {
      const parts = assembly.assemble(flowOf(Waits));
      await parts.dispose();
      expect(Pool.gone).to.deep.equal([]);
    });

    it('is that of the container for a singleton, built of the services there', async () => {
      assembly.root.register('url', { useValue: 'theirs' });
      assembly.root.registerSingleton(Lazy);
      const parts = assembly.assemble(flowOf(Waits), { providers: [{ token: 'url', useValue: 'mine' }] });
      expect((parts.nodes.get('Waits') as unknown as Waits).process()).to.equal('theirs');
      await parts.dispose();
      expect(Pool.gone).to.deep.equal([]);
    });

    it('ends with the flow when it begins while others are disposed of', async () => {
      @Node()
      class Leaves {
        constructor(@inject(delay(() => Lazy)) readonly lazy: Lazy) {}
        process(): void {}
        dispose(): void {
          void this.lazy.url;
        }
      }
      const parts = assembly.assemble(flowOf(Leaves), { providers: [{ token: 'url', useValue: 'mine' }] });
      await parts.dispose();
      expect(Pool.gone).to.have.length(1);
    });

    it('does not begin without what it needs, and the failure has the way to it', () => {
      const { nodes } = assembly.assemble(flowOf(Waits));
      let thrown: unknown;
      try {
        (nodes.get('Waits') as unknown as Waits).process();
      } catch (error) {
        thrown = error;
      }
      expect(thrown).to.include({
        code: 'UNRESOLVABLE_DEPENDENCY',
        message: 'Lazy -> parameter 0 (url) asks for "url", which nobody provides',
      });
    });
  });

  describe('of the parts of a flow', () => {
    @Middleware()
    class Stats extends Pool {
      @OnFlowEvent() on(): void {}
    }
    @Node()
    class Tail {
      process(_: number): void {}
    }
    @Node()
    class Head {
      constructor(
        readonly stats: Stats,
        readonly tail: Tail,
      ) {}
      process(payload: number): number {
        return payload;
      }
    }

    it('is that of the flow: a node or middleware that another part needs is the one of the flow', async () => {
      class Parts {
        readonly graph = start(Head).to(Tail);
      }
      Flow({ middlewares: [Stats] })(Parts);
      const parts = assembly.assemble(Parts);
      const head = parts.nodes.get('Head') as unknown as Head;
      expect(head.tail).to.equal(parts.nodes.get('Tail'));
      await parts.dispose();
      expect(Pool.gone).to.deep.equal([head.stats]);
    });

    it('is one, also where all of its class are asked for', () => {
      @Node()
      class Asks {
        constructor(@injectAll(Stats) readonly all: readonly Stats[]) {}
        process(): void {}
      }
      assembly.root.register(Stats, Stats);
      const { nodes } = assembly.assemble(flowOf(Asks, { middlewares: [Stats] }));
      expect((nodes.get('Asks') as unknown as Asks).all).to.have.length(1);
    });

    it('is that of each flow: a playbook has its own', async () => {
      @Node()
      class Uses {
        constructor(readonly stats: Stats) {}
        process(): void {}
      }
      const caller = assembly.assemble(flowOf(Uses, { name: 'Caller', middlewares: [Stats] })) as AssembledFlow;
      const playbook = assembly.assemble(flowOf(Uses, { name: 'Playbook', middlewares: [Stats] }), caller.inherit);
      const [one, other] = [caller, playbook].map(({ nodes }) => nodes.get('Uses') as unknown as Uses);
      expect(one!.stats).to.not.equal(other!.stats);
      await playbook.dispose();
      expect(Pool.gone).to.deep.equal([other!.stats]);
      await caller.dispose();
      expect(Pool.gone).to.have.length(2);
    });

    it('a service of the caller is shared by its playbooks, and ends with the caller', async () => {
      const caller = assembly.assemble(flowOf(First, { name: 'Caller' }), {
        providers: [{ token: 'pool', useClass: Pool }],
      }) as AssembledFlow;
      const playbook = assembly.assemble(flowOf(First, { name: 'Playbook' }), caller.inherit);
      const [one, other] = [caller, playbook].map(({ nodes }) => (nodes.get('First') as unknown as First).pool);
      expect(one).to.equal(other);
      await playbook.dispose();
      expect(Pool.gone).to.deep.equal([]);
      await caller.dispose();
      expect(Pool.gone).to.deep.equal([one]);
    });
  });

  it('ends once: what is disposed of stays so', async () => {
    const flow = twoNodes([{ token: 'pool', useFactory: () => new Pool() }]);
    await Promise.all([flow.dispose(), flow.dispose()]);
    expect(Pool.gone).to.have.length(1);
  });

  it('does not end by a `dispose` that wants an argument', async () => {
    const asked: unknown[] = [];
    class Registry {
      dispose(entry: unknown): void {
        asked.push(entry);
      }
    }
    const flow = twoNodes([{ token: 'pool', useClass: Registry }]);
    await flow.dispose();
    expect(asked).to.deep.equal([]);
  });
});
