import { expect } from 'chai';
import { joinFrom, joinK, type NodeClass } from '#src/index.js';
import { record, shortForm, useFlows, type TestFlow } from '../../support/flows.js';
import { held, pass, rows, type HeldCall } from '../../support/nodes.js';
import { codeOf, failureOf, isPending, settle } from '../../support/settling.js';
import { branch, diamond, restOf, rowsTo, split } from './support/diamonds.js';
import { finish, nodeOf } from './support/waiting.js';

describe('timed joins', () => {
  const bench = useFlows();

  /** A fork, a quick branch `a`, a branch `b` whose calls the test ends, and a join of both. */
  async function halfHeld(
    options: { readonly maxWaiting?: number; readonly onTimeout?: 'emit' } = {},
    queueMaxsize = 64,
  ): Promise<{ readonly flow: TestFlow; readonly calls: HeldCall[] }> {
    const b = held('b', { concurrency: 100 });
    const a = pass('a');
    const join = joinFrom('join', [a, b.node], { timeoutS: 60, ...options }) as NodeClass<unknown>;
    const flow = await diamond(bench, pass('fork'), [a, b.node], join, { queueMaxsize });
    return { flow, calls: b.calls };
  }

  describe('while they wait', () => {
    it('R19d hold no slot of the node, and keep their run', async () => {
      const { flow, calls } = await halfHeld();
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

    it('R19d at the bound the join takes what completes one, and nothing else until one is done with', async () => {
      const { flow, calls } = await halfHeld({ maxWaiting: 2 });
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
      const { flow, calls } = await halfHeld({ maxWaiting: 1 });
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

    it('R19d the bound holds for all runs together, and backpressure reaches the fork', async () => {
      const { flow, calls } = await halfHeld({ maxWaiting: 3 }, 2);
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
      const { flow } = await halfHeld({ maxWaiting: 1 }, 1);
      const events = record(flow);
      const codes = Promise.all([1, 2, 3, 4].map((n) => codeOf(flow.call(n))));
      await bench.clock.advance(59_000);
      expect(nodeOf(flow)).to.include({ waiting: 1, queued: 1, waitingForRoom: 1 });
      expect(flow.health()).to.include({ ready: true, stalled: null });
      await bench.clock.advance(240_000);
      expect(await codes).to.deep.equal(Array.from({ length: 4 }, () => 'JOIN_TIMEOUT'));
      expect(shortForm(events)).to.not.include('null:flow_stalled');
    });
  });

  describe('when their time is up', () => {
    it('R12 R19d fail as a message of its own, like the first part and with the ids of its run', async () => {
      const { flow } = await halfHeld();
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
      const { flow, calls } = await halfHeld({ onTimeout: 'emit' });
      await flow.emit('m', { traceId: 't', tenant: 'acme', meta: { k: 1 } });
      await bench.clock.advance(60_000);
      const message = await flow.fetchMessage();
      expect(message.payload).to.deep.equal(['m', undefined]);
      expect([message.traceId, message.headers.tenant, message.meta]).to.deep.equal(['t', 'acme', { k: 1 }]);
      expect(calls).to.have.lengthOf(1);
    });

    it('R19d what stood before the join by then has come in time, also where the join was held up', async () => {
      const gate = held('gate');
      const { node: b, calls } = held('b', { concurrency: 9 });
      const a = pass('a');
      const join = joinFrom('join', [a, b], { timeoutS: 5 }) as NodeClass<unknown>;
      const branches = [a, b];
      const flow = await bench.run(
        rows([[pass('fork'), branches], ...rowsTo(join, branches), [join, [gate.node]], [gate.node, []]]),
        { queueMaxsize: 1 },
      );
      const answers = [1, 2, 3, 4].map((n) => flow.call(n));
      await settle();
      // The first list is in the node behind, the second in its queue, the third waits for room: so the join takes nothing.
      for (const call of calls.slice(0, 3)) await finish(call);
      await finish(calls[3]);
      expect(nodeOf(flow)).to.include({ inFlight: 1 });
      await bench.clock.advance(60_000);
      for (let n = 0; n < 4; n++) await finish(gate.calls[n]);
      expect(await Promise.all(answers)).to.deep.equal([1, 2, 3, 4].map((n) => [n, n]));
    });

    it('R19d a part that comes too late is told of with its run, and meets none of another', async () => {
      const { flow, calls } = await halfHeld({ maxWaiting: 1 });
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
      const { flow, calls } = await halfHeld({ onTimeout: 'emit' });
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
});
