import { expect } from 'chai';
import fc from 'fast-check';
import { Message } from '#src/index.js';
import { useFlows } from '../support/flows.js';
import { held, line, node, pass, rows } from '../support/nodes.js';
import { codeOf, failureOf, isPending, settle } from '../support/settling.js';

describe('calls', () => {
  const bench = useFlows();

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

  it('R17 calls that share a trace id take turns, in the order of the calls', async () => {
    const { node: work, calls } = held('A', { concurrency: 3 });
    const flow = await bench.run(line(work));
    const results = [1, 2, 3].map((n) => flow.call(n, { traceId: 't' }));
    for (let n = 0; n < 3; n++) {
      await settle();
      expect(calls).to.have.length(n + 1);
      calls[n]?.resolve(`result of ${String(calls[n]?.payload)}`);
    }
    expect(await Promise.all(results)).to.deep.equal(['result of 1', 'result of 2', 'result of 3']);
  });

  it('R17 a call waits for the stream whose trace id it takes, also when that id was made for the stream', async () => {
    const { node: work, calls } = held('A', { concurrency: 2 });
    const flow = await bench.run(line(work));
    const stream = flow.stream(1);
    const called = flow.call(2, { traceId: stream.traceId });
    await settle();
    expect(calls).to.have.length(1);
    calls[0]?.resolve('result of 1');
    expect((await stream.next()).value).to.equal('result of 1');
    await settle();
    calls[1]?.resolve('result of 2');
    expect(await called).to.equal('result of 2');
    expect(flow.snapshot().traces).to.equal(0);
  });

  it('R17 a trace id can be used again when its call is over', async () => {
    const flow = await bench.run(line(pass('A')));
    for (const n of [1, 2, 3]) expect(await flow.call(n, { traceId: 't' })).to.equal(n);
  });

  it('R17 a trace id inside a message counts as shared too', async () => {
    const { node: work, calls } = held('A', { concurrency: 3 });
    const flow = await bench.run(line(work));
    const results = [flow.call(new Message(1, { traceId: 't' })), flow.call(2, { traceId: 't' })];
    await settle();
    expect(calls).to.have.length(1);
    calls[0]?.resolve('a');
    await settle();
    calls[1]?.resolve('b');
    expect(await Promise.all(results)).to.deep.equal(['a', 'b']);
  });

  it('R17 the next call begins once everything of the one before is over', async () => {
    const slow = held('Slow');
    const flow = await bench.run(
      rows([
        [pass('Top'), [slow.node, pass('Quick')]],
        [slow.node, []],
      ]),
    );
    expect(await flow.call('first', { traceId: 't' })).to.equal('first');
    const second = flow.call('second', { traceId: 't' });
    expect(await isPending(second)).to.equal(true);
    slow.calls[0]?.resolve('late');
    expect(await second).to.equal('second');
    expect(flow.snapshot().discardedResults).to.equal(1);
  });

  for (const [how, end] of [
    ['failed', 'NODE_EXCEPTION'],
    ['was cancelled', 'TRACE_CANCELLED'],
  ] as const) {
    it(`R17 the next call begins after one that ${how}`, async () => {
      const { node: work, calls } = held('A');
      const flow = await bench.run(line(work));
      const first = codeOf(flow.call(1, { traceId: 't' }));
      const second = flow.call(2, { traceId: 't' });
      await settle();
      if (end === 'NODE_EXCEPTION') calls[0]?.reject(new Error('no'));
      else flow.cancel('t');
      expect(await first).to.equal(end);
      await settle();
      calls[1]?.resolve('second');
      expect(await second).to.equal('second');
    });
  }

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

  it('R17 a signal that aborts while the call waits for its turn is heard, and the turn passes on', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work));
    const controller = new AbortController();
    const first = flow.call(1, { traceId: 't' });
    const code = codeOf(flow.call(2, { traceId: 't', signal: controller.signal }));
    const third = flow.call(3, { traceId: 't' });
    await settle();
    controller.abort();
    expect(await code).to.equal('ABORTED');
    calls[0]?.resolve('first');
    await settle();
    calls[1]?.resolve('third');
    expect(await Promise.all([first, third])).to.deep.equal(['first', 'third']);
  });

  it('R17 a signal that aborts in the moment the turn comes is heard', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work));
    const controller = new AbortController();
    const first = codeOf(flow.call(1, { traceId: 't' }));
    const second = codeOf(flow.call(2, { traceId: 't', signal: controller.signal }));
    await settle();
    flow.cancel('t');
    controller.abort();
    expect([await first, await second]).to.deep.equal(['TRACE_CANCELLED', 'ABORTED']);
    await settle();
    expect(calls).to.have.length(1);
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
