import { expect } from 'chai';
import type { NodeResolver } from '#src/ports/node-resolver.js';
import type { Token } from '#src/ports/token.js';
import { thrownBy } from '../support/thrown-by.js';
import { Orders, useAssembly } from './support/use-assembly.js';

describe('a resolver that gives no instance', () => {
  const assembly = useAssembly();

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
      expect(thrownBy(() => assembly.assemble(Orders, { resolver }))).to.include({
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
    const error = thrownBy(() =>
      assembly.assemble(Orders, { resolver: { resolve, dispose: () => Promise.resolve() } }),
    );
    expect(error.message).to.equal('The resolver gives no Price: Error: unknown provider');
    expect(error.cause).to.equal(cause);
  });
});
