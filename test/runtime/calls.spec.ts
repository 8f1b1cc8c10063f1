import { getEventListeners } from 'node:events';
import { expect } from 'chai';
import fc from 'fast-check';
import { FlowError, Message } from '#src/index.js';
import { useFlows } from '../support/flows.js';
import { held, line, node, pass, rows } from '../support/nodes.js';
import { codeOf, failureOf, isPending, settle } from '../support/settling.js';
import { catchWarnings } from '../support/warning-catcher.js';

describe('calls', () => {
  const bench = useFlows();
  const warnings = catchWarnings('MaxListenersExceededWarning');

  it('R17 takes a payload and options, and nothing else that is given', async () => {
    const slow = node('Slow', async (n: unknown, ctx) => {
      await ctx.sleep(60);
      return n;
    });
    const flow = await bench.run(line(slow));
    const call = flow.call as (...given: unknown[]) => Promise<unknown>;
    const answer = call.call(flow, 1, {}, { deadlineS: 0, hasPassed: () => true, leftMs: () => 0 });
    await bench.clock.advance(61_000);
    expect(await answer).to.equal(1);
  });

  it('R17 calls with different trace ids never see each other’s results', async () => {
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([0, 1, 2, 3, 4, 5], { minLength: 6 }), async (order) => {
        const { node: work, calls } = held('A', { concurrency: 6 });
        const flow = await bench.run(line(work, pass('B')));
        const results = order.map((_, n) => flow.call(n));
        for (const n of order) {
          calls[n]?.resolve(`result of ${n}`);
          await settle();
        }
        expect(await Promise.all(results)).to.deep.equal(order.map((_, n) => `result of ${n}`));
        await flow.stop();
      }),
      { numRuns: 15 },
    );
  });

  it('R17 a call’s result goes to no fetch and no reader of results', async () => {
    const flow = await bench.run(line(pass('A')));
    const fetched = flow.fetch({ timeoutS: 1 });
    fetched.catch(() => {});
    const results = flow.results();
    const next = results.next();
    expect(await flow.call('mine')).to.equal('mine');
    expect(await isPending(fetched)).to.equal(true);
    expect(await isPending(next)).to.equal(true);
  });

  it('R17 calls that share a trace id run side by side, each with its own result', async () => {
    const { node: work, calls } = held('A', { concurrency: 3 });
    const flow = await bench.run(line(work));
    const results = [flow.call(1, { traceId: 't' }), flow.call(new Message(2, { traceId: 't' })), flow.call(3)];
    expect(calls.map(({ payload }) => payload)).to.deep.equal([1, 2, 3]);
    for (const { payload, resolve } of calls.toReversed()) resolve(`result of ${String(payload)}`);
    expect(await Promise.all(results)).to.deep.equal(['result of 1', 'result of 2', 'result of 3']);
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R17 a call, a stream and an emit of one trace id share nothing but the label', async () => {
    const { node: work, calls } = held('A', { concurrency: 3 });
    const flow = await bench.run(line(work));
    const stream = flow.stream('stream');
    const { traceId } = stream;
    const called = flow.call('call', { traceId });
    await flow.emit('emit', { traceId });
    for (const { payload, resolve } of calls.toReversed()) resolve(`result of ${String(payload)}`);
    expect((await stream.next()).value).to.equal('result of stream');
    expect(await called).to.equal('result of call');
    expect(await flow.fetch({ traceId })).to.equal('result of emit');
    expect(flow.snapshot()).to.include({ traces: 0, discardedResults: 0 });
  });

  it('R17 a call of the same trace id does not wait for what is left of the one before', async () => {
    const slow = held('Slow', { concurrency: 2 });
    const flow = await bench.run(
      rows([
        [pass('Top'), [slow.node, pass('Quick')]],
        [slow.node, []],
      ]),
    );
    expect(await flow.call('first', { traceId: 't' })).to.equal('first');
    expect(await flow.call('second', { traceId: 't' })).to.equal('second');
    for (const { resolve } of slow.calls) resolve('late');
    await settle();
    expect(flow.snapshot()).to.include({ discardedResults: 2, traces: 0 });
  });

  it('R17 a failure, an abort and a deadline end their own run and no other of that trace id', async () => {
    const { node: work, calls } = held('A', { concurrency: 4 });
    const flow = await bench.run(line(work));
    const controller = new AbortController();
    const ends = Promise.all([
      codeOf(flow.call('fails', { traceId: 't' })),
      codeOf(flow.call('aborts', { traceId: 't', signal: controller.signal })),
      codeOf(flow.call('is late', { traceId: 't', timeoutS: 1 })),
    ]);
    const stays = flow.call('stays', { traceId: 't' });
    calls[0]?.reject(new Error('no'));
    controller.abort();
    await bench.clock.advance(1_000);
    expect(await ends).to.deep.equal(['NODE_EXCEPTION', 'ABORTED', 'DEADLINE_EXCEEDED']);
    calls[3]?.resolve('done');
    expect(await stays).to.equal('done');
  });

  it('R17 only an emit may join a run', async () => {
    const flow = await bench.run(line(pass('A')));
    const failure = await failureOf(flow.call(1, { traceId: 't', join: true }));
    expect(failure).to.include({ code: 'INVALID_OPTION' });
    expect(failure.message).to.contain('`join` of call() of flow');
    expect(() => flow.stream(1, { join: true })).to.throw(FlowError, '`join` of stream() of flow');
  });

  it('R17 a call gets the first result; further ones are discarded and counted', async () => {
    const flow = await bench.run(
      line(
        node('A', async (_: unknown, ctx) => {
          for (const n of [1, 2, 3]) await ctx.emit(n);
        }),
      ),
    );
    expect(await flow.call(0)).to.equal(1);
    await settle();
    expect(flow.snapshot()).to.include({ discardedResults: 2, results: 0, traces: 0 });
  });

  it('R6 any number of calls, emits and fetches share one listener of ours on a signal, and Node warns of none', async () => {
    const flow = await bench.run(line(held('A', { concurrency: 64 }).node));
    const controller = new AbortController();
    const { signal } = controller;
    const settled: Promise<unknown>[] = [];
    for (let n = 0; n < 12; n++) {
      settled.push(flow.call(n, { signal }), flow.fetch({ signal }), flow.fetch({ traceId: 't', signal }));
      settled.push(flow.stream(n, { signal }).next());
    }
    await settle();
    expect(getEventListeners(signal, 'abort')).to.have.length(1);
    controller.abort();
    for (const { status } of await Promise.allSettled(settled)) expect(status).to.equal('rejected');
    await settle();
    expect(warnings).to.deep.equal([]);
    expect(getEventListeners(signal, 'abort')).to.have.length(0);
  });

  it('R17 a signal that is aborted already refuses the call before anything runs', async () => {
    let ran = 0;
    const flow = await bench.run(line(node('A', () => ++ran)));
    const reason = new Error('user left');
    const failure = await failureOf(flow.call(1, { signal: AbortSignal.abort(reason) }));
    expect([failure.code, failure.cause, ran]).to.deep.equal(['ABORTED', reason, 0]);
  });

  it('R17 a signal that aborts cancels the trace of the call', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work));
    const controller = new AbortController();
    const failure = failureOf(flow.call(1, { signal: controller.signal }));
    const signal = calls[0]?.ctx.signal ?? expect.fail('not running');
    controller.abort();
    expect((await failure).code).to.equal('ABORTED');
    expect(signal.aborted).to.equal(true);
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R17 a signal that aborts right after the call was made is heard, with a trace id of the caller’s too', async () => {
    const flow = await bench.run(line(held('A').node));
    const controller = new AbortController();
    const code = codeOf(flow.call(1, { traceId: 't', signal: controller.signal }));
    controller.abort();
    expect(await code).to.equal('ABORTED');
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R17 a signal that aborts while the call waits for room is heard', async () => {
    const flow = await bench.run(line(held('A').node), { queueMaxsize: 1 });
    await flow.emit(1);
    await flow.emit(2);
    const controller = new AbortController();
    const code = codeOf(flow.call(3, { signal: controller.signal }));
    controller.abort();
    expect(await code).to.equal('ABORTED');
    expect(flow.snapshot().traces).to.equal(2);
  });

  it('R17 a signal that aborts after the answer changes nothing', async () => {
    const flow = await bench.run(line(pass('A')));
    const controller = new AbortController();
    expect(await flow.call(1, { signal: controller.signal })).to.equal(1);
    controller.abort();
    expect(await flow.call(2)).to.equal(2);
  });

  it('R17 many calls with fresh ids leave nothing behind', async () => {
    const flow = await bench.run(
      line(
        node('A', async (n: unknown) => n),
        pass('B'),
      ),
    );
    await Promise.all(Array.from({ length: 500 }, (_, n) => flow.call(n)));
    expect(flow.snapshot()).to.include({ traces: 0, results: 0, discardedResults: 0, unclaimedFailures: 0 });
    expect(bench.clock.pending).to.equal(0);
  });
});
