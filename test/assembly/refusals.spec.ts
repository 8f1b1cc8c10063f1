import { expect } from 'chai';
import type { CreateFlowOptions } from '#src/assembly/create-flow-options.js';
import { createFlow } from '#src/create-flow.js';
import { start } from '#src/graph/start.js';
import { Flow } from '#src/metadata/flow.js';
import { Node } from '#src/metadata/node.js';
import type { AnyProvider } from '#src/ports/provider.js';
import { token } from '#src/ports/token.js';
import { thrownBy } from '../support/thrown-by.js';
import { flowOf, Orders, Price, useAssembly } from './support/use-assembly.js';

describe('what createFlow refuses', () => {
  const assembly = useAssembly();

  it('names a class without @Flow, and one without a graph', () => {
    class Bare {
      readonly graph = start(Price);
    }
    expect(thrownBy(() => assembly.assemble(Bare)).code).to.equal('FLOW_NOT_DECORATED');
    expect(thrownBy(() => assembly.assemble(undefined as never)).code).to.equal('FLOW_NOT_DECORATED');
    class Empty {
      readonly graph = undefined as never;
    }
    Flow()(Empty);
    expect(thrownBy(() => assembly.assemble(Empty)).code).to.equal('GRAPH_MISSING');
  });

  it('names a node whose process is missing when it is built', () => {
    @Node()
    class Field {
      readonly process = undefined as unknown as () => number;
    }
    const Fields = flowOf(Field);
    expect(thrownBy(() => assembly.assemble(Fields)).code).to.equal('PROCESS_MISSING');
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
      { providers: [{ token: 'rates', useToken: null }] },
      'Expected `useToken` of the provider of "rates" of createFlow(Orders) to be a class, a symbol or a non-empty string, got null',
    ],
    ...['', 5, undefined, {}].map((token) => {
      const got = typeof token === 'object' ? 'an object of class Object' : (JSON.stringify(token) ?? 'undefined');
      const expected = 'a class, a symbol or a non-empty string';
      const message = `Expected \`token\` of a provider of createFlow(Orders) to be ${expected}, got ${got}`;
      return [{ providers: [{ token, useValue: 1 }] }, message] as const;
    }),
    [{ container: null }, 'Expected `container` of createFlow(Orders) to be a tsyringe container, got null'],
    [{ resolver: null }, 'Expected `resolver` of createFlow(Orders) to be a NodeResolver, got null'],
    [
      { resolver: { resolve() {}, has: true } },
      'Expected `resolver` of createFlow(Orders) to be a NodeResolver, got an object of class Object',
    ],
    [{ resolver: {} }, 'Expected `resolver` of createFlow(Orders) to be a NodeResolver, got an object of class Object'],
  ];
  for (const [options, message] of wrong) {
    it(`R7 refuses the option ${Object.keys(options)[0]} when it is wrong: ${message}`, () => {
      for (const make of [createFlow, (...args: Parameters<typeof assembly.assemble>) => assembly.assemble(...args)]) {
        const error = thrownBy(() => make(Orders, options as CreateFlowOptions));
        expect(error.code).to.equal('INVALID_OPTION');
        expect(error.message).to.equal(message);
      }
    });
  }

  it('R7 says that a circle of imports is the usual cause of a provider with undefined', () => {
    for (const provider of [
      { token: undefined, useValue: 1 },
      { token: 'rates', useToken: undefined },
      { token: 'rates', useClass: undefined },
    ]) {
      const error = thrownBy(() => assembly.assemble(Orders, { providers: [provider as never] }));
      expect(error.hint).to.contain('a circle of imports');
    }
  });

  it('R7 shows a ring of providers, and leaves the name of the flow free', () => {
    const [one, other] = [token<number>('one'), token<number>('other')];
    const rings: readonly (readonly [readonly AnyProvider[], string])[] = [
      [[{ token: one, useToken: one }], 'one -> one'],
      [[{ token: 'a', useToken: 'a' }], '"a" -> "a"'],
      [
        [
          { token: one, useToken: other },
          { token: other, useToken: one },
        ],
        'other -> one -> other',
      ],
    ];
    for (const [providers, ring] of rings) {
      const error = thrownBy(() => assembly.assemble(Orders, { providers }));
      expect(error.code).to.equal('UNRESOLVABLE_DEPENDENCY');
      expect(error.message).to.equal(`The providers refer to each other in a circle: ${ring}`);
    }
    class Others {
      readonly graph = start(Price);
    }
    Flow({ name: 'Orders' })(Others);
    assembly.assemble(Others);
  });

  it('R7 refuses a container that has been disposed of, and leaves the name of the flow free', async () => {
    const parent = assembly.root.createChildContainer();
    const child = parent.createChildContainer();
    await parent.dispose();
    for (const container of [parent, child]) {
      for (const make of [createFlow, (...args: Parameters<typeof assembly.assemble>) => assembly.assemble(...args)]) {
        const error = thrownBy(() => make(Orders, { container }));
        expect(error).to.include({
          code: 'INVALID_OPTION',
          message:
            'Expected `container` of createFlow(Orders) to be in use, and the one that was given has been disposed of',
        });
        expect(error.hint).to.contain('createChildContainer()');
      }
    }
    expect(assembly.assemble(Orders).nodes.size).to.equal(1);
  });

  it('R7 refuses a container that is not made like those of tsyringe 4', () => {
    const container = assembly.root.createChildContainer();
    Object.assign(container, { getAllRegistrations: undefined });
    const error = thrownBy(() => assembly.assemble(Orders, { container }));
    expect(error).to.include({
      code: 'INVALID_OPTION',
      message: 'The container is none that penguiflow knows: it has no getAllRegistrations',
    });
    expect(error.hint).to.contain('tsyringe 4.10');
  });

  it('leaves the name of the flow free when a subscription cannot be attached', () => {
    const broken = {
      name: 'broken',
      listener: () => {},
      onInterestChange: () => {
        throw new TypeError('no');
      },
    };
    expect(() => createFlow(Orders, { container: assembly.root, middlewares: [broken] })).to.throw(TypeError, 'no');
    class Others {
      readonly graph = start(Price);
    }
    Flow({ name: 'Orders' })(Others);
    expect(assembly.assemble(Others).nodes.size).to.equal(1);
  });
});
