import { expect } from 'chai';
import { useFlows, type TestFlow } from '../support/flows.js';
import { held, line, node, pass } from '../support/nodes.js';
import { codeOf, isPending, settle } from '../support/settling.js';
import { thrownBy } from '../support/thrown-by.js';

describe('stop({ drainS })', () => {
  const bench = useFlows();

  it('R8 first lets queued and in-flight work finish', async () => {
    const { node: work, calls } = held('A');
    const done: unknown[] = [];
    const flow = await bench.run(
      line(
        work,
        node('B', (payload: unknown) => void done.push(payload)),
      ),
    );
    for (const n of [1, 2, 3]) await flow.emit(n);
    const stopping = flow.stop({ drainS: 10 });
    await settle();
    expect(flow.state).to.equal('draining');
    for (let n = 0; n < 3; n++) {
      calls[n]?.resolve(n);
      await settle();
    }
    expect(await stopping).to.deep.equal({ drained: true, dropped: 0, stuckNodes: [], unflushed: [] });
    expect(done).to.deep.equal([0, 1, 2]);
    expect(bench.clock.pending).to.equal(0);
  });

  const ends: ReadonlyArray<readonly [what: string, end: (flow: TestFlow) => unknown]> = [
    ['is cancelled', (flow) => flow.cancel('last')],
    ['is too late', () => bench.clock.advance(5_000)],
  ];
  for (const [what, end] of ends) {
    it(`R8 has drained once the last message that waits ${what}`, async () => {
      const flow = await bench.run(line(pass('A', { maxPerS: 0.01 })));
      await flow.call('first');
      const last = codeOf(flow.call('last', { traceId: 'last', timeoutS: 5 }));
      const stopping = flow.stop({ drainS: 20 });
      expect(await isPending(stopping)).to.equal(true);
      await end(flow);
      await last;
      expect(await isPending(stopping)).to.equal(false);
    });
  }

  it('R8 has drained once what a node emitted has found room among the results', async () => {
    const work = node('A', (_, ctx) => {
      for (const piece of [1, 2]) void ctx.emit(piece);
    });
    const flow = await bench.run(line(work), { queueMaxsize: 1 });
    await flow.emit('go');
    const stopping = flow.stop({ drainS: 20 });
    expect(await isPending(stopping)).to.equal(true);
    expect(await flow.fetch()).to.equal(1);
    expect(await isPending(stopping)).to.equal(false);
    expect(await stopping).to.include({ dropped: 1 });
  });

  it('R8 refuses new input while it drains, and hands out results', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work));
    const traceId = await flow.emit(1);
    const stopping = flow.stop({ drainS: 10 });
    await settle();
    expect(await codeOf(flow.emit(2))).to.equal('FLOW_STOPPED');
    expect(await codeOf(flow.call(2))).to.equal('FLOW_STOPPED');
    expect(thrownBy(() => flow.tryEmit(2)).code).to.equal('FLOW_STOPPED');
    const fetched = flow.fetch({ traceId });
    calls[0]?.resolve('done');
    expect(await fetched).to.equal('done');
    expect(await stopping).to.include({ drained: true });
  });

  it('R8 lets messages that wait for room finish too', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work), { queueMaxsize: 1 });
    const results = ['a', 'b', 'c', 'd'].map((payload) => flow.call(payload));
    const stopping = flow.stop({ drainS: 10 });
    for (let n = 0; n < 4; n++) {
      await settle();
      calls[n]?.resolve(n);
    }
    expect(await Promise.all(results)).to.deep.equal([0, 1, 2, 3]);
    expect(await stopping).to.include({ drained: true });
  });

  it('R8 lets a retry happen', async () => {
    let runs = 0;
    const flow = await bench.run(
      line(
        node(
          'A',
          () => {
            if (++runs === 1) throw new Error('no');
          },
          { maxRetries: 1 },
        ),
      ),
    );
    await flow.emit(1);
    const stopping = flow.stop({ drainS: 10 });
    await bench.clock.advance(500);
    expect(await stopping).to.include({ drained: true });
    expect(runs).to.equal(2);
  });

  it('R8 interrupts and counts what is left when its time is up', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work));
    await flow.emit(1);
    await flow.emit(2);
    const stopping = flow.stop({ drainS: 10, graceS: 1 });
    await bench.clock.advance(9_999);
    expect(flow.state).to.equal('draining');
    await bench.clock.advance(1);
    expect(calls[0]?.ctx.signal.aborted).to.equal(true);
    calls[0]?.resolve();
    expect(await stopping).to.deep.equal({ drained: false, dropped: 2, stuckNodes: [], unflushed: [] });
  });

  it('R8 ends early when the rest of the work is cancelled', async () => {
    const flow = await bench.run(line(held('A').node));
    for (const traceId of ['a', 'b']) await flow.emit(1, { traceId });
    const stopping = flow.stop({ drainS: 10, graceS: 0 });
    await settle();
    flow.cancel('b');
    flow.cancel('a');
    await bench.clock.advance(1);
    expect(await stopping).to.include({ dropped: 0 });
  });
});
