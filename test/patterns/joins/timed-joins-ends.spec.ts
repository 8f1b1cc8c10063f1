import { expect } from 'chai';
import { joinFrom, joinK, type NodeClass } from '#src/index.js';
import { record, shortForm, useFlows, type TestFlow } from '../../support/flows.js';
import { failing, held, node, pass, rows, type HeldCall } from '../../support/nodes.js';
import { codeOf, isPending, settle } from '../../support/settling.js';
import { branch, diamond, rowsTo } from './support/diamonds.js';
import { finish, nodeOf } from './support/waiting.js';

type OnTimeout = 'fail' | 'emit';

describe('the end of a timed join that waits', () => {
  const bench = useFlows();

  /** A fork, a quick branch, one whose calls the test ends, and a join of both that takes the second of two runs in when one is done with. */
  async function full(
    onTimeout: OnTimeout = 'fail',
    b: NodeClass<unknown> = held('b').node,
  ): Promise<{ readonly flow: TestFlow; readonly join: NodeClass<unknown> }> {
    const a = pass('a');
    const join = joinFrom('join', [a, b], { timeoutS: 60, maxWaiting: 1, onTimeout } as object) as NodeClass<unknown>;
    return { flow: await diamond(bench, pass('fork'), [a, b], join), join };
  }

  /** A second run has come in, and the first one has left no timer. */
  async function expectNextLetIn(flow: TestFlow): Promise<void> {
    await settle();
    expect(nodeOf(flow)).to.include({ waiting: 1, queued: 0 });
    const events = record(flow);
    await bench.clock.advance(59_000);
    expect(shortForm(events)).to.not.include('join:node_start');
  }

  for (const [end, way] of [
    ['a cancel', (flow: TestFlow) => flow.cancel('first')],
    ['its deadline', () => bench.clock.advance(1_000)],
  ] as const) {
    it(`R16 R19d by ${end} frees its place and its timer`, async () => {
      const { flow } = await full();
      const code = codeOf(flow.call(1, { traceId: 'first', timeoutS: 1 }));
      void flow.call(2, { traceId: 'second' }).catch(() => {});
      await settle();
      expect(nodeOf(flow)).to.include({ waiting: 1, queued: 1 });
      await way(flow);
      expect(await code).to.be.oneOf(['TRACE_CANCELLED', 'DEADLINE_EXCEEDED']);
      await expectNextLetIn(flow);
    });
  }

  it('R13 R19d by the deadline of its own emit, also where the run goes on', async () => {
    const { node: other, calls } = held('other');
    const join = joinK('join', 2, { timeoutS: 60 }) as NodeClass<unknown>;
    const flow = await bench.run(
      rows(
        [
          [join, []],
          [other, []],
        ],
        [join, other],
      ),
      { deliverFailures: false },
    );
    await flow.emit('late', { traceId: 't', join: true, to: 'join', timeoutS: 1 });
    await flow.emit('on', { traceId: 't', join: true, to: 'other' });
    await bench.clock.advance(1_000);
    expect(nodeOf(flow).waiting).to.equal(0);
    expect(flow.snapshot()).to.include({ traces: 1, unclaimedFailures: 1 });
    await bench.clock.advance(120_000);
    expect(nodeOf(flow).failed).to.equal(0);
    await finish(calls[0]);
    expect(await flow.fetch()).to.equal('on');
  });

  it('R14b R19d by the failure of a run whose rest is cancelled, also where a result of it still lies at the egress', async () => {
    const { node: b, calls } = held('b', { concurrency: 2 });
    const [a, c] = [pass('a'), pass('c')];
    const join = joinFrom('join', [a, b], { timeoutS: 60 }) as NodeClass<unknown>;
    const flow = await bench.run(rows([[pass('fork'), [a, b, c]], ...rowsTo(join, [a, b]), [c, []]]), {
      afterFailure: 'cancel',
    });
    await flow.emit(1);
    await settle();
    expect(nodeOf(flow).waiting).to.equal(1);
    calls[0]?.reject(new Error('no'));
    await settle();
    expect(flow.snapshot()).to.include({ traces: 1, results: 1 });
    expect(nodeOf(flow)).to.include({ waiting: 0 });
    await bench.clock.advance(120_000);
    expect(nodeOf(flow).failed).to.equal(0);
  });

  describe('when nothing can bring the rest', () => {
    it('R19c R19d is given up at once where it would fail', async () => {
      const { flow } = await full('fail', branch('b', ['1']));
      const events = record(flow);
      expect(await codeOf(flow.call(1))).to.equal('NO_RESULT');
      const incomplete = events.find(({ eventType }) => eventType === 'join_incomplete');
      expect(incomplete?.extra).to.deep.equal({ missing: ['b'], arrived: 1 });
      expect(nodeOf(flow)).to.include({ waiting: 0, incomplete: 1, failed: 0 });
      expect(await flow.call(2)).to.deep.equal([2, '2b']);
    });

    it('R19c R19d sends on at once what is there where it is to', async () => {
      const { flow } = await full('emit', branch('b', ['1']));
      const events = record(flow);
      expect(await flow.call(1)).to.deep.equal([1, undefined]);
      expect(shortForm(events)).to.not.include('join:join_incomplete');
      expect(await flow.call(2)).to.deep.equal([2, '2b']);
      expect(nodeOf(flow)).to.include({ waiting: 0, incomplete: 0 });
    });

    it('R19c R19d sends on what is there of a run that has failed elsewhere, and goes on', async () => {
      const { flow } = await full('emit', failing('b'));
      await flow.emit(1);
      expect(await codeOf(flow.fetch())).to.equal('NODE_EXCEPTION');
      expect(await flow.fetch()).to.deep.equal([1, undefined]);
      expect(flow.snapshot().traces).to.equal(0);
    });

    it('R19c R19d waits for its time where another emit may join the run', async () => {
      const join = joinK('join', 2, { timeoutS: 60, onTimeout: 'emit' }) as NodeClass<unknown>;
      const flow = await bench.run(rows([[join, []]]));
      await flow.emit(1, { traceId: 't', join: true });
      const fetched = flow.fetch();
      await bench.clock.advance(59_999);
      expect(await isPending(fetched)).to.equal(true);
      await bench.clock.advance(1);
      expect(await fetched).to.deep.equal([1]);
    });

    it('R19d waits for its time where a node keeps the run', async () => {
      const b = node('b', (_payload, ctx) => {
        ctx.holdTrace();
      });
      const { flow } = await full('emit', b);
      await flow.emit(1);
      const fetched = flow.fetch();
      await bench.clock.advance(59_999);
      expect(await isPending(fetched)).to.equal(true);
      await bench.clock.advance(1);
      expect(await fetched).to.deep.equal([1, undefined]);
    });

    it('R19c R19d one after the other: a list that is sent on completes the next', async () => {
      const [a, b, c] = [pass('a'), branch('b', ['1']), pass('c')];
      const inner = joinFrom('inner', [a, b], { timeoutS: 60, onTimeout: 'emit' }) as NodeClass<unknown>;
      const outer = joinFrom('outer', [inner, c], { timeoutS: 60 }) as NodeClass<unknown>;
      const flow = await bench.run(
        rows([[pass('fork'), [a, b, c]], ...rowsTo(inner, [a, b]), ...rowsTo(outer, [inner, c])]),
      );
      expect(await flow.call(1)).to.deep.equal([[1, undefined], 1]);
      expect([nodeOf(flow, 'inner').waiting, nodeOf(flow, 'outer').waiting]).to.deep.equal([0, 0]);
    });
  });

  it('R19d two in a row: each by its own time', async () => {
    const [b, c] = [held('b'), held('c')];
    const a = pass('a');
    const inner = joinFrom('inner', [a, b.node], { timeoutS: 10, onTimeout: 'emit' }) as NodeClass<unknown>;
    const outer = joinFrom('outer', [inner, c.node], { timeoutS: 30, onTimeout: 'emit' }) as NodeClass<unknown>;
    const flow = await bench.run(
      rows([[pass('fork'), [a, b.node, c.node]], ...rowsTo(inner, [a, b.node]), ...rowsTo(outer, [inner, c.node])]),
    );
    const call = flow.call(1);
    await bench.clock.advance(39_999);
    expect(nodeOf(flow, 'outer').waiting).to.equal(1);
    expect(await isPending(call)).to.equal(true);
    await bench.clock.advance(1);
    expect(await call).to.deep.equal([[1, undefined], undefined]);
  });

  describe('with the flow', () => {
    async function twoWaiting(): Promise<{ readonly flow: TestFlow; readonly calls: HeldCall[] }> {
      const { node: b, calls } = held('b', { concurrency: 2 });
      const a = pass('a');
      const join = joinFrom('join', [a, b], { timeoutS: 5 }) as NodeClass<unknown>;
      const flow = await diamond(bench, pass('fork'), [a, b], join);
      for (const payload of [1, 2]) await flow.emit(payload);
      await settle();
      return { flow, calls };
    }

    it('R8 R19d counts as dropped when it stops, and nothing is left of it', async () => {
      const { flow } = await twoWaiting();
      const stopped = flow.stop({ graceS: 0 });
      await bench.clock.advance(1_000);
      // Two parts that wait, and two attempts.
      expect(await stopped).to.deep.include({ drained: false, dropped: 4 });
      expect(nodeOf(flow).waiting).to.equal(0);
      expect(bench.clock.pending).to.equal(0);
    });

    it('R8 R19d a drain waits until it is complete', async () => {
      const { flow, calls } = await twoWaiting();
      const lists = [flow.fetch(), flow.fetch()];
      const stopped = flow.stop({ drainS: 60 });
      await finish(calls[0]);
      expect(await isPending(stopped)).to.equal(true);
      await finish(calls[1]);
      expect(await Promise.all(lists)).to.deep.equal([
        [1, 1],
        [2, 2],
      ]);
      expect(await stopped).to.deep.include({ drained: true, dropped: 0 });
    });

    it('R8 R19d a drain waits until its time is up', async () => {
      const join = joinK('join', 2, { timeoutS: 5, onTimeout: 'emit' }) as NodeClass<unknown>;
      const last = held('last');
      const flow = await bench.run(
        rows([
          [join, [last.node]],
          [last.node, []],
        ]),
      );
      await flow.emit(1, { traceId: 't', join: true });
      const stopped = flow.stop({ drainS: 60 });
      await bench.clock.advance(4_999);
      expect(last.calls).to.have.lengthOf(0);
      expect(await isPending(stopped)).to.equal(true);
      await bench.clock.advance(1);
      last.calls[0]?.resolve();
      expect(await stopped).to.deep.include({ drained: true, dropped: 0 });
    });

    it('R8 R19d a drain ends when the last one that waits is given up', async () => {
      const b = held('b');
      const { flow } = await full('fail', b.node);
      await flow.emit(1);
      await settle();
      const stopped = flow.stop({ drainS: 60 });
      b.calls[0]?.resolve();
      expect(await stopped).to.deep.include({ drained: true, dropped: 0 });
    });
  });
});
