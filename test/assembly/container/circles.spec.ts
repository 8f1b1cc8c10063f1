import { expect } from 'chai';
import { delay, inject, injectable } from 'tsyringe';
import { Node } from '#src/metadata/node.js';
import { start } from '#src/graph/start.js';
import { Flow } from '#src/metadata/flow.js';
import type { AnyProvider } from '#src/ports/provider.js';
import { thrownBy } from '../../support/thrown-by.js';
import { flowOf, Price, useAssembly } from '../support/use-assembly.js';

@Node()
class Asks {
  constructor(@inject('a') readonly a: unknown) {}
  process(): void {}
}

describe('a circle of services', () => {
  const assembly = useAssembly();

  /** The message; the name of the flow is free again. */
  async function circleOf(providers: readonly AnyProvider[]): Promise<string> {
    const error = thrownBy(() => assembly.assemble(flowOf(Asks), { providers }));
    expect(error.code).to.equal('UNRESOLVABLE_DEPENDENCY');
    class Others {
      readonly graph = start(Price);
    }
    Flow({ name: 'Orders' })(Others);
    await assembly.assemble(Others).dispose();
    return error.message;
  }

  it('of tokens is shown, however far around the flow it is', async () => {
    const grandparent = assembly.root;
    const parent = grandparent.createChildContainer();
    grandparent.register('c', { useToken: 'b' });
    parent.register('b', { useToken: 'c' });
    assembly.root = parent;
    expect(await circleOf([{ token: 'a', useToken: 'b' }])).to.equal(
      'The providers refer to each other in a circle: "b" -> "c" -> "b"',
    );
    parent.register('a', { useToken: 'b' });
    expect(await circleOf([])).to.equal('The providers refer to each other in a circle: "b" -> "c" -> "b"');
  });

  it('of factories is shown before the stack is full', async () => {
    const factories: readonly AnyProvider[] = [
      { token: 'a', useFactory: (services) => services.resolve('b') },
      { token: 'b', useFactory: (services) => services.resolve('a') },
    ];
    expect(await circleOf(factories)).to.equal(
      'Cannot build Asks: The services need each other in a circle: "a" -> "b" -> "a"',
    );
    assembly.root.register('a', { useFactory: (container) => container.resolve('a') });
    expect(await circleOf([])).to.equal('Cannot build Asks: The services need each other in a circle: "a" -> "a"');
  });

  it('of factories, aliases and classes is shown with all of them', async () => {
    @injectable()
    class Hen {
      constructor(@inject('egg') readonly egg: unknown) {}
    }
    const error = await circleOf([
      { token: 'a', useToken: Hen },
      { token: 'egg', useFactory: (services) => services.resolve('nest') },
      { token: 'nest', useClass: Hen },
    ]);
    expect(error).to.equal(
      'Cannot build Asks: The services need each other in a circle: Hen -> "egg" -> "nest" -> Hen',
    );
  });

  it('of a service that is delayed, and used at once, is shown', async () => {
    @injectable()
    class Impatient {
      constructor(@inject(delay(() => Impatient)) self: Impatient) {
        void self.constructor;
      }
    }
    const message = await circleOf([{ token: 'a', useClass: Impatient }]);
    expect(message).to.equal('Cannot build Asks: The services need each other in a circle: Impatient -> Impatient');
  });

  it('has a hint', () => {
    const providers: readonly AnyProvider[] = [{ token: 'a', useFactory: (services) => services.resolve('a') }];
    const error = thrownBy(() => assembly.assemble(flowOf(Asks), { providers }));
    expect(error.hint).to.contain('`@inject(delay(() => Other))`');
    expect(error.metadata['path']).to.deep.equal(['"a"', '"a"']);
  });
});

describe('a factory that gives a promise', () => {
  const assembly = useAssembly();
  const fix = 'Await it before createFlow and bind what it gives with `useValue`, or open it in `onFlowStart`';

  it('is refused with the fix, whether it would be fulfilled or not, of the flow and of the container', async () => {
    for (const factory of [async () => 1, () => Promise.reject(new Error('no')), () => ({ then: () => {} })]) {
      const error = thrownBy(() =>
        assembly.assemble(flowOf(Asks), { providers: [{ token: 'a', useFactory: factory }] }),
      );
      expect(error.code).to.equal('UNRESOLVABLE_DEPENDENCY');
      expect(error.message).to.equal(
        'Cannot build Asks: The factory of Asks -> "a" gives a promise, and a flow is made at once',
      );
      expect(error.hint).to.contain(fix);
    }
    assembly.root.register('a', { useFactory: async () => 1 });
    expect(thrownBy(() => assembly.assemble(flowOf(Asks))).hint).to.contain(fix);
    // An unhandled rejection would fail the run.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  });

  it('may be meant: a promise is bound with useValue', () => {
    const promise = Promise.resolve(1);
    const { nodes } = assembly.assemble(flowOf(Asks), { providers: [{ token: 'a', useValue: promise }] });
    expect((nodes.get('Asks') as unknown as Asks).a).to.equal(promise);
  });
});

describe('a container that is disposed of while a flow runs', () => {
  const assembly = useAssembly();

  it('is named with the fix by what is asked of it later', async () => {
    class Lazy {
      readonly value = 1;
    }
    @Node()
    class Waits {
      constructor(@inject(delay(() => Lazy)) readonly lazy: Lazy) {}
      process(): number {
        return this.lazy.value;
      }
    }
    assembly.root = assembly.root.createChildContainer();
    const { nodes } = assembly.assemble(flowOf(Waits));
    await assembly.root.dispose();
    const error = thrownBy(() => (nodes.get('Waits') as unknown as Waits).process());
    expect(error.code).to.equal('UNRESOLVABLE_DEPENDENCY');
    expect(error.message).to.contain('Cannot build Lazy').and.contain('has been disposed');
    expect(error.hint).to.contain('stop the flow before you dispose of it');
  });
});
