import { expect } from 'chai';
import { joinFrom, type NodeClass } from '#src/index.js';
import { record, shortForm, useFlows, type TestFlow } from '../../support/flows.js';
import { held, pass, rows, type HeldCall } from '../../support/nodes.js';
import { codeOf, failureOf, isPending, settle } from '../../support/settling.js';
import { branch, diamond, restOf, rowsTo, split } from './support/diamonds.js';
import { drop, finish, halfHeld, nodeOf } from './support/waiting.js';

describe('timed joins whose time is up', () => {
  const bench = useFlows();

  it('R12 R19d fail as a message of its own, like the first part and with the ids of its run', async () => {
    const { flow } = await halfHeld(bench);
    const events = record(flow);
    const call = failureOf(flow.call('m', { traceId: 't', tenant: 'acme' }));
    await bench.clock.advance(59_999);
    expect(await isPending(call)).to.equal(true);
    await bench.clock.advance(1);
    const error = await call;
    expect([error.code, error.message]).to.deep.equal(['JOIN_TIMEOUT', 'Join "join" waited 60 s and still lacks b']);
    expect(error.metadata).to.include({ timeout_s: 60 });
    expect(error.metadata['missing']).to.deep.equal(['b']);
    const own = events.filter(({ nodeName }) => nodeName === 'join');
    expect(shortForm(own)).to.deep.equal([
      'join:node_start',
      'join:node_success',
      'join:node_start',
      'join:node_error',
      'join:node_failed',
    ]);
    for (const event of own) expect(event).to.include({ traceId: 't', tenant: 'acme', payload: 'm', attempt: 0 });
    expect(nodeOf(flow)).to.include({ waiting: 0, failed: 1 });
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R19d count from the first part, whatever came since', async () => {
    const c = held('c');
    const [a, b] = [branch('a'), held('b')];
    const join = joinFrom('join', [a, b.node, c.node], { timeoutS: 10 }) as NodeClass<unknown>;
    const flow = await diamond(bench, pass('fork'), [a, b.node, c.node], join);
    const call = failureOf(flow.call('m'));
    await bench.clock.advance(9_000);
    await finish(b.calls[0]);
    await bench.clock.advance(999);
    expect(await isPending(call)).to.equal(true);
    await bench.clock.advance(1);
    expect((await call).metadata['missing']).to.deep.equal(['c']);
  });

  it('R19d send on what is there when told to, in the envelope of the first part', async () => {
    const { flow, calls } = await halfHeld(bench, { onTimeout: 'emit' });
    await flow.emit('m', { traceId: 't', tenant: 'acme', meta: { k: 1 } });
    await bench.clock.advance(60_000);
    const message = await flow.fetchMessage();
    expect(message.payload).to.deep.equal(['m', undefined]);
    expect([message.traceId, message.headers.tenant, message.meta]).to.deep.equal(['t', 'acme', { k: 1 }]);
    expect(calls).to.have.lengthOf(1);
  });

  /** A join whose third list waits for room, so that it takes nothing, and of which `0` waits for its other part. */
  async function heldUp(): Promise<{
    readonly flow: TestFlow;
    readonly calls: HeldCall[];
    readonly lists: HeldCall[];
  }> {
    const { node: behind, calls: lists } = held('behind');
    const { node: b, calls } = held('b', { concurrency: 9 });
    const a = pass('a');
    const join = joinFrom('join', [a, b], { timeoutS: 5 }) as NodeClass<unknown>;
    const flow = await bench.run(
      rows([[pass('fork'), [a, b]], ...rowsTo(join, [a, b]), [join, [behind]], [behind, []]]),
      { queueMaxsize: 1, deliverFailures: false },
    );
    for (const n of [0, 1, 2, 3]) {
      await flow.emit(n, { traceId: String(n) });
      await settle();
      if (n > 0) await finish(calls[n]);
    }
    expect(nodeOf(flow)).to.include({ waiting: 1, inFlight: 1, queued: 0 });
    return { flow, calls, lists };
  }

  it('R19d while the join is held up, they are told of as soon as it is not', async () => {
    const { flow, lists } = await heldUp();
    await bench.clock.advance(5_000);
    expect(nodeOf(flow)).to.include({ waiting: 1, failed: 0 });
    await drop(lists[0]);
    expect(nodeOf(flow)).to.include({ waiting: 0, failed: 1 });
  });

  it('R6c R19d while nobody takes the results, the flow is stalled once no time is left', async () => {
    const { node: b, calls } = held('b', { concurrency: 9 });
    const a = pass('a');
    const join = joinFrom('join', [a, b], { timeoutS: 30 }) as NodeClass<unknown>;
    const flow = await diamond(bench, pass('fork'), [a, b], join, { queueMaxsize: 1 });
    const events = record(flow);
    for (const n of [0, 1, 2]) {
      await flow.emit(n);
      await settle();
    }
    await finish(calls[1]);
    await finish(calls[2]);
    calls[0]?.ctx.holdTrace();
    await drop(calls[0]);
    expect(nodeOf(flow)).to.include({ waiting: 1, inFlight: 1 });
    await bench.clock.advance(29_000);
    expect(shortForm(events)).to.not.include('null:flow_stalled');
    await bench.clock.advance(12_000);
    expect(shortForm(events)).to.include('null:flow_stalled');
    expect(flow.health().stalled).to.include({ untakenResults: 2 });
  });

  it('R19d what stood before the join by then has come in time, where the join was held up', async () => {
    const { flow, calls, lists } = await heldUp();
    await finish(calls[0]);
    expect(nodeOf(flow)).to.include({ waiting: 1, queued: 1 });
    await bench.clock.advance(5_000);
    await drop(lists[0]);
    await drop(lists[1]);
    await drop(lists[2]);
    expect(lists[3]?.payload).to.deep.equal([0, 0]);
    expect(nodeOf(flow)).to.include({ waiting: 0, failed: 0 });
  });

  for (const isSwept of [false, true]) {
    it(`R19d what stood before the join by then and is gone is not waited for, ${isSwept ? 'swept' : 'where it lies'}`, async () => {
      const { flow, calls, lists } = await heldUp();
      await flow.emit(4, { traceId: '4' });
      await settle();
      await finish(calls[4]);
      expect(nodeOf(flow)).to.include({ waiting: 1, queued: 2 });
      await bench.clock.advance(5_000);
      flow.cancel('4');
      // Whoever asks how many there are sweeps them.
      if (isSwept) expect(nodeOf(flow).queued).to.equal(0);
      await drop(lists[0]);
      expect(nodeOf(flow)).to.include({ waiting: 0, failed: 1 });
    });
  }

  it('R19d a part that comes too late is told of with its run, and meets none of another', async () => {
    const { flow, calls } = await halfHeld(bench, { maxWaiting: 1 });
    await flow.emit('first', { traceId: 'x' });
    await bench.clock.advance(60_000);
    expect(await codeOf(flow.fetch({ traceId: 'x' }))).to.equal('JOIN_TIMEOUT');
    await flow.emit('second', { traceId: 'y' });
    await settle();
    for (const call of calls) await finish(call);
    expect(await restOf(bench, flow)).to.deep.equal([['second', 'second']]);
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R19d a part that comes too late is sent on by itself where what is there is sent on', async () => {
    const { flow, calls } = await halfHeld(bench, { onTimeout: 'emit' });
    await flow.emit('m');
    await bench.clock.advance(60_000);
    await finish(calls[0]);
    expect(await restOf(bench, flow)).to.deep.equal([
      ['m', undefined],
      [undefined, 'm'],
    ]);
    expect(nodeOf(flow).waiting).to.equal(0);
  });

  it('R19d of one origin of a run alone: the others go on', async () => {
    const b = held('b', { concurrency: 9 });
    const a = pass('a');
    const join = joinFrom('join', [a, b.node], { timeoutS: 10, onTimeout: 'emit' }) as NodeClass<unknown>;
    const flow = await diamond(bench, split('fork'), [a, b.node], join);
    await flow.emit([1, 2, 3]);
    await settle();
    await finish(b.calls[2]);
    await bench.clock.advance(10_000);
    for (const call of b.calls.slice(0, 2)) await finish(call);
    expect(await restOf(bench, flow)).to.deep.equal([
      [3, 3],
      [1, undefined],
      [2, undefined],
      [undefined, 1],
      [undefined, 2],
    ]);
  });
});
