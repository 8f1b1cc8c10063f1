import { expect } from 'chai';
import { start } from '#src/graph/start.js';
import { Flow } from '#src/metadata/flow.js';
import { thrownBy } from '../support/thrown-by.js';
import { Price, useAssembly } from './support/use-assembly.js';

describe('names of live flows', () => {
  const assembly = useAssembly();

  @Flow({ name: 'shop' })
  class One {
    readonly graph = start(Price);
  }
  @Flow({ name: 'shop' })
  class Two {
    readonly graph = start(Price);
  }

  it('R7 refuses a second class under the name of a live flow, until that is disposed', async () => {
    const [first, again] = [assembly.assemble(One), assembly.assemble(One)];
    const error = thrownBy(() => assembly.assemble(Two));
    expect(error.code).to.equal('DUPLICATE_FLOW_NAME');
    expect(error.message).to.equal('Flow class Two cannot have the name "shop": a flow of another class, One, has it');
    expect(error.hint).to.contain('stop the flow of class One');
    await first.dispose();
    await first.dispose();
    expect(thrownBy(() => assembly.assemble(Two)).code).to.equal('DUPLICATE_FLOW_NAME');
    await again.dispose();
    expect(assembly.assemble(Two).plan.flowName).to.equal('shop');
  });

  it('does not hold a name for a flow that could not be assembled', () => {
    thrownBy(() => assembly.assemble(One, { middlewares: [{}] }));
    expect(assembly.assemble(Two).plan.flowName).to.equal('shop');
  });
});
