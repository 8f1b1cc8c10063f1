import { expect } from 'chai';
import type { FlowAssemblyOptions } from '#src/assembly/create-flow-options.js';
import { start } from '#src/graph/start.js';
import { Flow } from '#src/metadata/flow.js';
import { Node } from '#src/metadata/node.js';
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
    [{ resolver: {} }, 'Expected `resolver` of createFlow(Orders) to be a NodeResolver, got an object of class Object'],
  ];
  for (const [options, message] of wrong) {
    it(`refuses the option ${Object.keys(options)[0]} when it is wrong`, () => {
      const error = thrownBy(() => assembly.assemble(Orders, options as FlowAssemblyOptions));
      expect(error.code).to.equal('INVALID_OPTION');
      expect(error.message).to.equal(message);
    });
  }
});
