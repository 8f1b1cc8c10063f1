import { expect } from 'chai';
import { joinFrom, joinK, Node, type NodeClass, type NodeContext } from '#src/index.js';
import { testContext } from '#src/testing/index.js';
import { useFlows, type TestFlow } from '../../support/flows.js';
import { held, node, pass, rows } from '../../support/nodes.js';
import { codeOf, failureOf, isPending } from '../../support/settling.js';
import { thrownBy } from '../../support/thrown-by.js';

/** Adds a letter, after a while. */
function branch(name: string, delayS = 0): NodeClass<unknown> {
  return node(name, async (payload, ctx: NodeContext) => {
    if (delayS > 0) await ctx.sleep(delayS);
    return `${String(payload)}${name}`;
  });
}

describe('joins', () => {
  const bench = useFlows();

  /** A source, branches and a join behind all of them. */
  function diamond(join: NodeClass, branches: readonly NodeClass<unknown>[]): Promise<TestFlow> {
    const src = pass('src');
    return bench.run(rows([[src, branches], ...branches.map((each) => [each, [join]] as const)]));
  }

  describe('joinK', () => {
    it('R19 sends on k payloads in the order of arrival, in the envelope of the first', async () => {
      const flow = await diamond(joinK('join', 3), [branch('a', 3), branch('b', 1), branch('c', 2)]);
      await flow.emit('m', { traceId: 't', tenant: 'acme', meta: { k: 1 } });
      await bench.clock.advance(3_000);
      const message = await flow.fetchMessage();
      expect(message.payload).to.deep.equal(['mb', 'mc', 'ma']);
      expect([message.traceId, message.headers.tenant, message.meta]).to.deep.equal(['t', 'acme', { k: 1 }]);
    });

    it('R19 keeps traces apart, and begins the next list after each', async () => {
      const flow = await bench.run(rows([[joinK('join', 2), []]]));
      for (const [payload, traceId] of [
        [1, 'x'],
        [2, 'y'],
        [3, 'x'],
        [4, 'x'],
        [5, 'y'],
        [6, 'x'],
      ] as const) {
        await flow.emit(payload, { traceId, join: true });
      }
      const lists = [await flow.fetch(), await flow.fetch(), await flow.fetch()];
      expect(lists).to.deep.equal([
        [1, 3],
        [2, 5],
        [4, 6],
      ]);
    });

    it('R19 counts the very same message once per delivery', async () => {
      const flow = await diamond(joinK('join', 2), [pass('left'), pass('right')]);
      const payload = { same: 'object' };
      expect(await flow.call(payload)).to.deep.equal([payload, payload]);
    });

    it('R19 takes one message when told to, and refuses none', async () => {
      const flow = await bench.run(rows([[joinK('join', 1), []]]));
      expect(await flow.call('a')).to.deep.equal(['a']);
      for (const k of [0, -1, 1.5]) expect(thrownBy(() => joinK('join', k)).code).to.equal('INVALID_OPTION');
    });

    it('R19 a retry of the join adds nothing, and gives the same result again', () => {
      const join = new (joinK<string>('join', 2))();
      const first = testContext({ delivery: 0 });
      const retry = testContext({ delivery: 0, message: first.message, attempt: 1 });
      const last = testContext({ delivery: 1, message: first.message });
      expect(join.process('a', first)).to.equal(undefined);
      expect(join.process('a', retry)).to.equal(undefined);
      const result = join.process('b', last);
      expect((result as { readonly payload: unknown }).payload).to.deep.equal(['a', 'b']);
      const again = testContext({ delivery: 1, message: first.message, attempt: 1 });
      expect(join.process('b', again)).to.equal(result);
    });

    it('R16 forgets what had arrived when the trace is cancelled', async () => {
      const flow = await diamond(joinK('join', 2), [branch('a'), branch('b', 1)]);
      const call = codeOf(flow.call('m', { traceId: 't' }));
      await bench.clock.advance(500);
      flow.cancel('t');
      expect(await call).to.equal('TRACE_CANCELLED');
      const next = flow.call('n', { traceId: 't' });
      await bench.clock.advance(1_000);
      expect(await next).to.deep.equal(['na', 'nb']);
    });

    it('R13 forgets what had arrived when the deadline passes', async () => {
      const flow = await diamond(joinK('join', 2), [branch('a'), branch('b', 5)]);
      const call = codeOf(flow.call('m', { traceId: 't', timeoutS: 1 }));
      await bench.clock.advance(1_000);
      expect(await call).to.equal('DEADLINE_EXCEEDED');
      const next = flow.call('n', { traceId: 't' });
      await bench.clock.advance(5_000);
      expect(await next).to.deep.equal(['na', 'nb']);
    });

    it('R3 keeps a trace active while a message of it waits for others, so that it can be cancelled', async () => {
      const flow = await bench.run(rows([[joinK('join', 2), []]]));
      await flow.emit('a', { traceId: 't', join: true });
      expect(flow.snapshot().traces).to.equal(1);
      expect(flow.cancel('t')).to.equal(true);
      expect(flow.snapshot().traces).to.equal(0);
      await flow.emit('b', { traceId: 't', join: true });
      await flow.emit('c', { traceId: 't', join: true });
      expect(await flow.fetch()).to.deep.equal(['b', 'c']);
      expect(flow.snapshot().traces).to.equal(0);
    });

    it('R13 lets a message that waits go when its own deadline passes', async () => {
      const flow = await bench.run(rows([[joinK('join', 2), []]]));
      await flow.emit('a', { traceId: 't', join: true, timeoutS: 1 });
      await bench.clock.advance(1_000);
      expect(flow.snapshot().traces).to.equal(0);
    });

    it('R8 counts what waits as dropped when the flow stops', async () => {
      const flow = await bench.run(rows([[joinK('join', 3), []]]));
      await flow.emit('a', { traceId: 't', join: true });
      await flow.emit('b', { traceId: 't', join: true });
      expect(await flow.stop()).to.deep.include({ drained: false, dropped: 2 });
    });

    it('R14 tells the caller when a trace ends with too few', async () => {
      const flow = await diamond(joinK('join', 3), [pass('a'), pass('b')]);
      expect(await codeOf(flow.call('m'))).to.equal('NO_RESULT');
      expect(flow.snapshot().traces).to.equal(0);
    });
  });

  describe('joinFrom', () => {
    it('R19 gives one payload per node, in the order of the list, whichever came first', async () => {
      const [a, b] = [branch('a', 2), branch('b', 1)];
      const flow = await diamond(joinFrom('join', [a, 'b']), [a, b]);
      const call = flow.call('m');
      await bench.clock.advance(2_000);
      expect(await call).to.deep.equal(['ma', 'mb']);
    });

    it('R19 pairs the second message of a node with the second of the other', async () => {
      const a = node('a', async (payload, ctx: NodeContext) => {
        for (const n of [1, 2, 3]) await ctx.emit(`${String(payload)}a${n}`);
      });
      const b = node('b', async (payload, ctx: NodeContext) => {
        await ctx.sleep(1);
        for (const n of [1, 2, 3]) await ctx.emit(`${String(payload)}b${n}`);
      });
      const flow = await diamond(joinFrom('join', ['b', 'a']), [a, b]);
      await flow.emit('m');
      await bench.clock.advance(1_000);
      expect([await flow.fetch(), await flow.fetch(), await flow.fetch()]).to.deep.equal([
        ['mb1', 'ma1'],
        ['mb2', 'ma2'],
        ['mb3', 'ma3'],
      ]);
    });

    it('R19 fails for a node it does not name', async () => {
      // One that extends it may know what to do with others.
      @Node({ name: 'join' })
      class Extended extends (joinFrom('join', ['a', 'c']) as new () => { readonly process: () => undefined }) {}
      const flow = await diamond(Extended, [pass('a'), pass('b'), held('c').node]);
      const error = await failureOf(flow.call('m'));
      expect(error.message).to.contain('"b"');
      expect(error.nodeName).to.equal('join');
    });

    it('refuses an empty list and the same node twice', () => {
      expect(thrownBy(() => joinFrom('join', [] as never)).code).to.equal('INVALID_OPTION');
      expect(thrownBy(() => joinFrom('join', ['a', pass('a')])).message).to.contain('different nodes');
    });
  });

  describe('with a deadline of their own', () => {
    it('R19 fail with what is missing when it has not arrived in time', async () => {
      const slow = held('slow');
      const flow = await diamond(joinFrom('join', ['a', 'slow'], { timeoutS: 2 }), [pass('a'), slow.node]);
      const call = failureOf(flow.call('m'));
      await bench.clock.advance(2_000);
      const error = await call;
      expect(error.code).to.equal('JOIN_TIMEOUT');
      expect(error.metadata['missing']).to.deep.equal(['slow']);
      expect(error.hint).to.contain('onTimeout');
    });

    it('R19 send on what is there when told to', async () => {
      const slow = held('slow');
      const join = joinFrom('join', ['slow', 'a'], { timeoutS: 2, onTimeout: 'emit' });
      const flow = await diamond(join, [pass('a'), slow.node]);
      const call = flow.call('m');
      await bench.clock.advance(1_999);
      expect(await isPending(call)).to.equal(true);
      await bench.clock.advance(1);
      expect(await call).to.deep.equal([undefined, 'm']);
    });

    it('R19 do not wait once everything is there, and hold the trace meanwhile', async () => {
      const flow = await diamond(joinK('join', 2, { timeoutS: 60 }), [branch('a'), branch('b', 1)]);
      const call = flow.call('m');
      await bench.clock.advance(500);
      expect(flow.snapshot().nodes.find(({ name }) => name === 'join')).to.include({ inFlight: 0, waiting: 1 });
      await bench.clock.advance(500);
      expect(await call).to.deep.equal(['ma', 'mb']);
      expect(flow.snapshot().traces).to.equal(0);
    });

    it('R19 let the waiting of one trace hold up no other', async () => {
      const flow = await bench.run(rows([[joinK('join', 2, { timeoutS: 60 }), []]]));
      for (const traceId of ['x', 'y', 'z']) await flow.emit(`${traceId}1`, { traceId, join: true });
      for (const traceId of ['z', 'y', 'x']) await flow.emit(`${traceId}2`, { traceId, join: true });
      const results = [await flow.fetch(), await flow.fetch(), await flow.fetch()];
      expect(results).to.deep.equal([
        ['z1', 'z2'],
        ['y1', 'y2'],
        ['x1', 'x2'],
      ]);
    });

    it('R19 free the first of a trace that was cancelled while it waited', async () => {
      const flow = await bench.run(rows([[joinK('join', 2, { timeoutS: 60 }), []]]));
      await flow.emit('old', { traceId: 'x', join: true });
      await bench.clock.advance(0);
      flow.cancel('x');
      expect(flow.snapshot().nodes[0]?.waiting).to.equal(0);
      await flow.emit('new1', { traceId: 'x', join: true });
      await flow.emit('new2', { traceId: 'x', join: true });
      expect(await flow.fetch()).to.deep.equal(['new1', 'new2']);
    });

    it('refuse limits that make no sense', () => {
      for (const options of [
        { timeoutS: 0 },
        { timeoutS: 1, onTimeout: 'drop' },
        { timeoutS: 1, maxWaiting: 0 },
        { timeout: 1 },
      ]) {
        expect(thrownBy(() => joinK('join', 2, options as never)).code).to.equal('INVALID_OPTION');
      }
    });

    it('R19d refuse what would happen when a time is up that is not given', () => {
      for (const options of [{ onTimeout: 'emit' }, { onTimeout: 'fail' }, { maxWaiting: 3 }] as const) {
        const [option] = Object.keys(options);
        expect(thrownBy(() => joinFrom('join', ['a', 'b'], options)).message).to.contain(
          `Expected \`${option}\` of joinFrom "join" to be given together with \`timeoutS\``,
        );
      }
    });
  });
});
