import { expect } from 'chai';
import { joinFrom, joinK, type NodeClass } from '#src/index.js';
import { record, shortForm, useFlows } from '../../support/flows.js';
import { held, node, pass } from '../../support/nodes.js';
import { settle } from '../../support/settling.js';
import { diamond } from './support/diamonds.js';
import { finish, halfHeld, nodeOf } from './support/waiting.js';

describe('timed joins that wait', () => {
  const bench = useFlows();

  it('R19d hold no slot of the node, and keep their run', async () => {
    const { flow, calls } = await halfHeld(bench);
    const answers = Promise.all([1, 2, 3].map((n) => flow.call(n)));
    await settle();
    expect(nodeOf(flow)).to.include({ inFlight: 0, waiting: 3, succeeded: 3, oldestAttemptS: 0 });
    expect(flow.snapshot().traces).to.equal(3);
    expect(flow.health()).to.deep.include({ ready: true, stuck: [] });
    for (const call of calls) await finish(call);
    expect(await answers).to.deep.equal([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(nodeOf(flow)).to.include({ inFlight: 0, waiting: 0, succeeded: 6 });
  });

  it('R19d leave no timer once they are complete', async () => {
    const { flow, calls } = await halfHeld(bench);
    const call = flow.call(1);
    await settle();
    await finish(calls[0]);
    expect(await call).to.deep.equal([1, 1]);
    await bench.clock.advance(2_000);
    expect(bench.clock.pending).to.equal(0);
  });

  it('R19d at the bound the join takes what completes one, and nothing else until one is done with', async () => {
    const { flow, calls } = await halfHeld(bench, { maxWaiting: 2 });
    const answers = [1, 2, 3, 4].map((n) => flow.call(n));
    await settle();
    expect(nodeOf(flow)).to.include({ waiting: 2, queued: 2 });
    await finish(calls[1]);
    expect(await answers[1]).to.deep.equal([2, 2]);
    expect(nodeOf(flow)).to.include({ waiting: 2, queued: 1 });
    await finish(calls[0]);
    await finish(calls[2]);
    await finish(calls[3]);
    expect(await Promise.all(answers)).to.have.lengthOf(4);
    expect(nodeOf(flow)).to.include({ waiting: 0, queued: 0 });
  });

  it('R19d what completes one is let in from behind what does not: the bound is soft', async () => {
    const { flow, calls } = await halfHeld(bench, { maxWaiting: 1 });
    const answers = [1, 2, 3].map((n) => flow.call(n));
    await settle();
    // 3 and 2 come in before 1, and wait as well.
    for (const call of calls.toReversed()) call.resolve(call.payload);
    await settle();
    expect(await Promise.all(answers)).to.deep.equal([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(nodeOf(flow).waiting).to.equal(0);
  });

  it('R19d a part that another one lacks is let in from each side', async () => {
    const [a, b] = [held('a', { concurrency: 9 }), held('b', { concurrency: 9 })];
    const join = joinFrom('join', [a.node, b.node], { timeoutS: 60, maxWaiting: 1 });
    const flow = await diamond(bench, pass('fork'), [a.node, b.node], join as NodeClass<unknown>);
    const answers = [1, 2].map((n) => flow.call(n));
    await settle();
    await finish(a.calls[0]);
    await finish(b.calls[1]);
    expect(nodeOf(flow).waiting).to.equal(2);
    await finish(a.calls[1]);
    await finish(b.calls[0]);
    expect(await Promise.all(answers)).to.deep.equal([
      [1, 1],
      [2, 2],
    ]);
  });

  it('R19d at the bound it takes nothing from where none of them lacks a part, also of three', async () => {
    const [b, c] = [held('b', { concurrency: 9 }), held('c', { concurrency: 9 })];
    const a = pass('a');
    const join = joinFrom('join', [a, b.node, c.node], { timeoutS: 60, maxWaiting: 1 }) as NodeClass<unknown>;
    const flow = await diamond(bench, pass('fork'), [a, b.node, c.node], join);
    const answers = [1, 2].map((n) => flow.call(n));
    await settle();
    await finish(b.calls[0]);
    await finish(b.calls[1]);
    expect(nodeOf(flow)).to.include({ waiting: 1, queued: 2 });
    await finish(c.calls[0]);
    expect(nodeOf(flow)).to.include({ waiting: 1, queued: 0 });
    await finish(c.calls[1]);
    expect(await Promise.all(answers)).to.have.lengthOf(2);
  });

  it('R19d the bound holds for what comes from a node that waits for nothing, too', async () => {
    const b = held('b', { concurrency: 9 });
    const a = node('a', async (payload) => payload);
    const join = joinFrom('join', [a, b.node], { timeoutS: 60, maxWaiting: 1 }) as NodeClass<unknown>;
    const flow = await diamond(bench, pass('fork'), [a, b.node], join);
    for (const payload of [1, 2, 3]) {
      await flow.emit(payload);
      await settle();
    }
    expect(nodeOf(flow)).to.include({ waiting: 1, queued: 2 });
    for (const call of b.calls) await finish(call);
    expect(nodeOf(flow)).to.include({ waiting: 0, queued: 0 });
  });

  it('R19d the bound holds for all runs together, and backpressure reaches the fork', async () => {
    const { flow, calls } = await halfHeld(bench, { maxWaiting: 3 }, 2);
    const answers = Array.from({ length: 20 }, (_, n) => flow.call(n));
    await settle();
    expect(nodeOf(flow)).to.include({ waiting: 3, queued: 2 });
    // Three that wait, two queued before the join, and two before `a`, which holds one.
    expect(calls).to.have.lengthOf(8);
    for (let n = 0; n < 20; n++) await finish(calls[n]);
    expect(await Promise.all(answers)).to.deep.equal(Array.from({ length: 20 }, (_, n) => [n, n]));
  });

  it('R19d joinK keeps nothing out, because any message may complete one', async () => {
    const b = held('b', { concurrency: 9 });
    const join = joinK('join', 2, { timeoutS: 60, maxWaiting: 1 });
    const flow = await diamond(bench, pass('fork'), [pass('a'), b.node], join as NodeClass<unknown>);
    const answers = [1, 2, 3].map((n) => flow.call(n));
    await settle();
    expect(nodeOf(flow)).to.include({ waiting: 3, queued: 0 });
    for (const call of b.calls) await finish(call);
    expect(await Promise.all(answers)).to.have.lengthOf(3);
  });

  it('R6c R19d a join that lets nothing in while it waits is no stall: its time ends it', async () => {
    const a = pass('a');
    const b = node('b', (_payload, ctx) => void ctx.holdTrace());
    const join = joinFrom('join', [a, b], { timeoutS: 60, maxWaiting: 1 }) as NodeClass<unknown>;
    const flow = await diamond(bench, pass('fork'), [a, b], join, { queueMaxsize: 1, deliverFailures: false });
    const events = record(flow);
    for (const payload of [1, 2, 3, 4]) void flow.emit(payload);
    await bench.clock.advance(59_000);
    expect(nodeOf(flow)).to.include({ waiting: 1, queued: 1, waitingForRoom: 1 });
    expect(flow.health()).to.include({ ready: true, stalled: null });
    await bench.clock.advance(240_000);
    expect(nodeOf(flow)).to.include({ waiting: 0, queued: 0, failed: 4 });
    expect(shortForm(events)).to.not.include('null:flow_stalled');
  });
});
