import { expect } from 'chai';
import { inject, type DependencyContainer } from 'tsyringe';
import type { AssembledFlow } from '#src/assembly/assemble-flow.js';
import { Node } from '#src/metadata/node.js';
import type { AnyProvider } from '#src/ports/provider.js';
import { flowOf, useAssembly } from '../support/use-assembly.js';

@Node()
class Rated {
  constructor(@inject('rates') readonly rates: unknown) {}
  process(): void {}
}
@Node()
class Optional {
  constructor(@inject('rates', { isOptional: true }) readonly rates: unknown = 'the default') {}
  process(): void {}
}

describe('a value', () => {
  const assembly = useAssembly();

  function ratesOf(node: typeof Rated, providers: readonly AnyProvider[], container = assembly.root): unknown {
    const { nodes } = assembly.assemble(flowOf(node, { name: `rated-${Math.random()}` }), { container, providers });
    return (nodes.get(node.name) as unknown as Rated).rates;
  }

  for (const value of [null, undefined, 0, '', false, Number.NaN, 0n, Symbol.iterator]) {
    it(`may be ${typeof value === 'string' ? "''" : String(value)}, of the flow, of the container, by an alias and in a playbook`, () => {
      expect(ratesOf(Rated, [{ token: 'rates', useValue: value }])).to.deep.equal(value);
      const alias: readonly AnyProvider[] = [
        { token: 'rates', useToken: 'other' },
        { token: 'other', useValue: value },
      ];
      expect(ratesOf(Rated, alias)).to.deep.equal(value);
      expect(ratesOf(Rated, [{ token: 'rates', useFactory: () => value }])).to.deep.equal(value);
      const { inherit } = assembly.assemble(flowOf(Rated, { name: `caller-${Math.random()}` }), {
        providers: [{ token: 'rates', useValue: value }],
      }) as AssembledFlow;
      expect(ratesOf(Rated, [], inherit.container as DependencyContainer)).to.deep.equal(value);
      assembly.root.register('rates', { useValue: value as never });
      expect(ratesOf(Rated, [])).to.deep.equal(value);
    });
  }

  it('that is undefined hides that of the container', () => {
    assembly.root.register('rates', { useValue: 'theirs' });
    expect(ratesOf(Rated, [{ token: 'rates', useValue: undefined }])).to.equal(undefined);
  });

  it('may be missing where it is optional: the parameter has its default then', () => {
    expect(ratesOf(Optional, [])).to.equal('the default');
    expect(ratesOf(Optional, [{ token: 'rates', useValue: undefined }])).to.equal('the default');
    expect(ratesOf(Optional, [{ token: 'rates', useValue: null }])).to.equal(null);
    expect(ratesOf(Optional, [{ token: 'rates', useValue: 0 }])).to.equal(0);
    assembly.root.register('rates', { useValue: '' });
    expect(ratesOf(Optional, [])).to.equal('');
  });

  it('of the runtime is refused where it is nothing', () => {
    // See built-in-services.spec.ts for what it must have.
    expect(() => ratesOf(Rated, [{ token: 'rates', useToken: 'nowhere' }])).to.throw(
      'Rated -> "rates" stands for "nowhere", which nobody provides',
    );
  });
});
