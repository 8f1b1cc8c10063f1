import { expect } from 'chai';
import { deferred } from '../support/deferred.js';
import { useFlows, type TestFlow } from '../support/flows.js';
import { line, node, pass } from '../support/nodes.js';
import { codeOf, failureOf } from '../support/settling.js';
import { thrownBy } from '../support/thrown-by.js';

describe('run()', () => {
  const bench = useFlows();

  describe('R7 before run()', () => {
    const uses: ReadonlyArray<readonly [what: string, use: (flow: TestFlow) => unknown]> = [
      ['emit', (flow) => flow.emit(1)],
      ['tryEmit', (flow) => flow.tryEmit(1)],
      ['fetch', (flow) => flow.fetch()],
      ['fetchMessage', (flow) => flow.fetchMessage()],
      ['call', (flow) => flow.call(1)],
      ['cancel', (flow) => flow.cancel('t')],
    ];
    for (const [what, use] of uses) {
      it(`R7 ${what} fails and says what to do`, async () => {
        const flow = bench.make(line(pass('A')));
        const error = await failureOf(Promise.resolve().then(() => use(flow)));
        expect(error.code).to.equal('NOT_RUNNING');
        expect(error.message).to.contain(`${what === 'fetchMessage' ? 'fetch' : what}()`);
        expect(error.hint).to.contain('run()');
      });
    }

    it('R7 emit and fetch reject and never throw', () => {
      const flow = bench.make(line(pass('A')));
      for (const promise of [flow.emit(1), flow.fetch(), flow.call(1)]) {
        promise.catch(() => {});
        expect(promise).to.be.instanceOf(Promise);
      }
      expect(thrownBy(() => flow.cancel('t')).code).to.equal('NOT_RUNNING');
    });
  });

  it('R7 run() twice fails and says what to do, and the flow goes on', async () => {
    const flow = await bench.run(line(pass('A')));
    const error = await failureOf(flow.run());
    expect(error.code).to.equal('ALREADY_RUNNING');
    expect(error.hint).to.contain('once');
    expect(await flow.call(1)).to.equal(1);
  });

  it('R7 run() while it starts fails too', async () => {
    const gate = deferred();
    const flow = bench.make(line(node('A', () => 1, { onFlowStart: () => gate.promise })));
    const started = flow.run();
    expect(await codeOf(flow.run())).to.equal('ALREADY_RUNNING');
    const early = await failureOf(flow.emit(1));
    expect(early).to.include({ code: 'NOT_RUNNING' });
    expect(early.message).to.contain('before run() has finished');
    gate.resolve();
    await started;
    expect(flow.state).to.equal('running');
  });

  it('R7 run() after stop() fails and says to make a new flow', async () => {
    const flow = await bench.run(line(pass('A')));
    await flow.stop();
    const error = await failureOf(flow.run());
    expect(error.code).to.equal('FLOW_STOPPED');
    expect(error.hint).to.contain('createFlow');
  });
});
