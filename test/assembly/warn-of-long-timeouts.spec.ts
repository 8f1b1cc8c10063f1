import { expect } from 'chai';
import { Node, type FlowNode } from '#src/index.js';
import { useFlows } from '../support/flows.js';
import { line, node } from '../support/nodes.js';
import { settle } from '../support/settling.js';
import { catchWarnings } from '../support/warning-catcher.js';

describe('a timeoutS that is long', () => {
  const bench = useFlows();
  const warnings = catchWarnings('PENGUIFLOW_LONG_TIMEOUT');

  @Node({ name: 'price-step', timeoutS: 5000 })
  class Price implements FlowNode<unknown> {
    process(payload: unknown): unknown {
      return payload;
    }
  }

  async function said(): Promise<string[]> {
    await settle();
    return warnings.map(({ message }) => message);
  }

  it('R11 is questioned when the flow is made: class, field, value, what was probably meant, how to keep it quiet', async () => {
    bench.make(line(Price));
    expect(await said()).to.deep.equal([
      '`timeoutS: 5000` of Price lets an attempt run for 1.4 h: it is in seconds. For milliseconds, write `timeoutS: 5`. ' +
        'If it is right, `node --disable-warning=PENGUIFLOW_LONG_TIMEOUT` keeps this quiet.',
    ]);
    expect(warnings[0]).to.have.property('name', 'PenguiFlowWarning');
  });

  it('R11 is questioned once per class and value, however many flows have the node', async () => {
    const slow = node('Slow', () => 1, { timeoutS: 30_000 });
    bench.make(line(slow));
    bench.make(line(slow));
    expect(await said()).to.have.length(1);
    Node({ name: 'Slow', timeoutS: 7_200_000 })(slow);
    bench.make(line(slow));
    expect((await said()).at(-1)).to.match(/`timeoutS: 7200000` of \w+ .* for 2000 h: .* `timeoutS: 7200`/);
    expect(warnings).to.have.length(2);
  });

  it('R11 is not questioned up to an hour, nor where there is none', async () => {
    bench.make(
      line(
        node('Hour', () => 1, { timeoutS: 3600 }),
        node('Second', () => 1, { timeoutS: 1 }),
        node('None', () => 1),
      ),
    );
    expect(await said()).to.deep.equal([]);
  });

  it('R11 is questioned by the name of the node where the class has none', async () => {
    const nameless = (() =>
      class {
        process = (payload: unknown): unknown => payload;
      })();
    Node({ name: 'Nameless', timeoutS: 5000 })(nameless);
    bench.make(line(nameless));
    expect((await said())[0]).to.match(/^`timeoutS: 5000` of Nameless /);
  });
});
