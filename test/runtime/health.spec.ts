import { expect } from 'chai';

import { useFlows } from '../support/flows.js';
import { held, line, pass } from '../support/nodes.js';
import { settle } from '../support/settling.js';

describe('health()', () => {
  const bench = useFlows();

  it('is ready while the flow runs and has room', async () => {
    const flow = bench.make(line(pass('A'), pass('B')));
    expect(flow.health()).to.deep.equal({ ready: false, state: 'created', saturated: [], stuck: [], stalled: null });
    await flow.run();
    expect(flow.health()).to.deep.equal({ ready: true, state: 'running', saturated: [], stuck: [], stalled: null });
    await flow.stop();
    expect(flow.health()).to.deep.equal({ ready: false, state: 'stopped', saturated: [], stuck: [], stalled: null });
  });

  it('is not ready when the ingress is full, and names the node', async () => {
    const slow = held('Slow');
    const flow = await bench.run(line(slow.node), { queueMaxsize: 1 });
    await flow.emit(1);
    await flow.emit(2);
    expect(flow.health()).to.deep.equal({
      ready: false,
      state: 'running',
      saturated: ['Slow'],
      stuck: [],
      stalled: null,
    });
  });

  it('stays ready when a node further down is full, and names it', async () => {
    const slow = held('Slow');
    const flow = await bench.run(line(pass('First'), slow.node), { queueMaxsize: 2 });
    for (let n = 0; n < 3; n++) await flow.emit(n);
    await settle();
    expect(flow.health()).to.deep.equal({
      ready: true,
      state: 'running',
      saturated: ['Slow'],
      stuck: [],
      stalled: null,
    });
  });

  it('R11 names nodes whose interrupted code still runs', async () => {
    const slow = held('Slow', { timeoutS: 1 });
    const flow = await bench.run(line(slow.node));
    await flow.emit(1);
    await bench.clock.advance(1_000);
    expect(flow.health().stuck).to.deep.equal(['Slow']);
    slow.calls[0]?.resolve();
    await settle();
    expect(flow.health().stuck).to.deep.equal([]);
  });
});
