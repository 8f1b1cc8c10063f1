import { expect } from 'chai';
import { createFlow, Flow, Node, start } from '#src/index.js';
import { settle } from '../support/settling.js';
import { catchWarnings } from '../support/warning-catcher.js';

describe('names as a minifier makes them', () => {
  const warnings = catchWarnings('PENGUIFLOW_SHORT_NAME');

  async function said(): Promise<string[]> {
    await settle();
    return warnings.map(({ message }) => message.split(' are as short', 1)[0] ?? '');
  }

  it('are questioned once per flow class, when it is made, with the fix', async () => {
    @Node()
    class a {
      process(): void {}
    }
    @Node()
    class $b {
      process(payload: number): number {
        return payload;
      }
    }
    @Flow()
    class t {
      readonly graph = start($b).to(a);
    }
    createFlow(t);
    createFlow(t);
    expect(await said()).to.deep.equal(['The names of flow "t" and nodes "$b", "a"']);
    expect(warnings[0]?.message).to.contain("`@Node({ name: 'Price' })`, `@Flow({ name: 'Orders' })`");
    expect(warnings[0]).to.have.property('name', 'PenguiFlowWarning');

    @Flow({ name: 'Orders' })
    class u {
      readonly graph = start(a);
    }
    createFlow(u);
    expect((await said()).at(-1)).to.equal('The names of node "a" of flow "Orders"');
  });

  it('are not questioned where somebody gave them, or where they are longer', async () => {
    @Node({ name: 'a' })
    class a {
      process(): void {}
    }
    @Node()
    class Tax {
      process(payload: number): number {
        return payload;
      }
    }
    @Flow({ name: 'AB' })
    class b {
      readonly graph = start(Tax).to(a);
    }
    createFlow(b);
    expect(await said()).to.deep.equal([]);
  });
});
