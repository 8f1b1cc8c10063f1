import { expect } from 'chai';
import { deferred, never } from '../support/deferred.js';
import { useFlows } from '../support/flows.js';
import { line, node, pass } from '../support/nodes.js';
import { codeOf, isPending, settle } from '../support/settling.js';

describe('stop() of a flow that does not run, or from inside', () => {
  const bench = useFlows();

  it('R8 a flow that never ran stops, and ends who reads its results', async () => {
    const flow = bench.make(line(pass('A')));
    const reading = flow.results().next();
    expect(await flow.stop()).to.deep.equal({ drained: true, dropped: 0, stuckNodes: [], unflushed: [] });
    expect(await isPending(reading)).to.equal(false);
    expect((await reading).done).to.equal(true);
    expect(await codeOf(flow.run())).to.equal('FLOW_STOPPED');
  });

  it('R8 a flow whose start failed is stopped, and ends who reads its results', async () => {
    const flow = bench.make(line(node('A', () => 1, { onFlowStart: () => Promise.reject(new Error('no')) })));
    const reading = flow.results().next();
    expect(await codeOf(flow.run())).to.equal('START_FAILED');
    expect(flow.state).to.equal('stopped');
    expect(await isPending(reading)).to.equal(false);
    expect(await flow.stop()).to.deep.equal({ drained: true, dropped: 0, stuckNodes: [], unflushed: [] });
    expect(await codeOf(flow.emit(1))).to.equal('FLOW_STOPPED');
    expect(await codeOf(flow.run())).to.equal('FLOW_STOPPED');
  });

  it('R8 while it starts it stops once the start is over', async () => {
    const gate = deferred();
    const order: string[] = [];
    const flow = bench.make(
      line(node('A', () => 1, { onFlowStart: () => gate.promise, onFlowStop: () => void order.push('stop hook') })),
    );
    const started = flow.run().then(() => order.push('started'));
    const stopping = flow.stop().then(() => order.push('stopped'));
    await settle();
    expect(order).to.deep.equal([]);
    gate.resolve();
    await Promise.all([started, stopping]);
    expect(order).to.deep.equal(['started', 'stop hook', 'stopped']);
    expect(flow.state).to.equal('stopped');
  });

  it('R8 does not wait for a start hook that hangs beyond the grace period, and names it', async () => {
    const order: string[] = [];
    const [first, hanging] = [
      node('First', () => 1, { onFlowStart: () => void order.push('start First') }),
      node('Hanging', () => 1, {
        onFlowStart: () => never(),
        onFlowStop: () => void order.push('stop Hanging'),
      }),
    ];
    const flow = bench.make(line(first, hanging));
    const started = codeOf(flow.run());
    const stopping = flow.stop({ graceS: 2 });
    await bench.clock.advance(1_999);
    expect(await isPending(stopping)).to.equal(true);
    await bench.clock.advance(1);
    expect(await stopping).to.deep.equal({ drained: false, dropped: 0, stuckNodes: ['Hanging'], unflushed: [] });
    expect(await started).to.equal('START_FAILED');
    expect([order, flow.state]).to.deep.equal([[], 'stopped']);
  });

  it('R8 called by a start hook and awaited there, it ends the start and starts nothing more', async () => {
    const order: string[] = [];
    const flow = bench.make(
      line(
        node('First', () => 1, { onFlowStart: () => void order.push('start First') }),
        node('Last', () => 1, { onFlowStart: async () => void (await flow.stop({ graceS: 1 })) }),
      ),
    );
    const started = codeOf(flow.run());
    await bench.clock.advance(1_000);
    expect(await started).to.equal('START_FAILED');
    expect(await flow.stop()).to.deep.equal({ drained: false, dropped: 0, stuckNodes: ['Last'], unflushed: [] });
    expect(order).to.deep.equal([]);
  });

  it('R8 called by a node and awaited there, it does not wait for that node for ever', async () => {
    const stops: unknown[] = [];
    const flow = await bench.run(
      line(
        node('A', async () => {
          stops.push(await flow.stop({ graceS: 1 }));
        }),
      ),
    );
    const code = codeOf(flow.call(1));
    await bench.clock.advance(1_000);
    expect(await code).to.equal('FLOW_STOPPED');
    expect(stops).to.deep.equal([{ drained: false, dropped: 1, stuckNodes: ['A'], unflushed: [] }]);
  });
});
