import { expect } from 'chai';
import { FlowError } from '#src/index.js';
import { ManualClock } from '#src/testing/index.js';
import { record, shortForm, useFlows } from '../support/flows.js';
import { held, line, node, pass } from '../support/nodes.js';
import { codeOf, failureOf, isPending, settle } from '../support/settling.js';

describe('the timeout of an attempt', () => {
  const bench = useFlows();

  it('R11 fails the attempt, not before and not after its time', async () => {
    const flow = await bench.run(line(held('A', { timeoutS: 2 }).node));
    const call = flow.call(1);
    call.catch(() => {});
    await bench.clock.advance(1_999);
    expect(await isPending(call)).to.equal(true);
    await bench.clock.advance(1);
    const failure = await failureOf(call);
    expect([failure.code, failure.nodeName, failure.metadata['timeout_s']]).to.deep.equal(['NODE_TIMEOUT', 'A', 2]);
  });

  it('R11 bounds each attempt by itself', async () => {
    const { node: work, calls } = held('A', { timeoutS: 2 });
    const flow = await bench.run(line(work));
    const results = [flow.call(1), flow.call(2)];
    for (const result of results) result.catch(() => {});
    await bench.clock.advance(1_500);
    calls[0]?.resolve('first');
    await bench.clock.advance(1_999);
    expect(await isPending(results[1] as Promise<unknown>)).to.equal(true);
    await bench.clock.advance(1);
    expect(await results[0]).to.equal('first');
    expect(await codeOf(results[1] as Promise<unknown>)).to.equal('NODE_TIMEOUT');
  });

  it('R11 aborts ctx.signal with the reason', async () => {
    const { node: work, calls } = held('A', { timeoutS: 1 });
    const flow = await bench.run(line(work));
    await flow.emit(1);
    const { signal } = calls[0]?.ctx ?? expect.fail('not running');
    await bench.clock.advance(1_000);
    expect(signal.aborted).to.equal(true);
    expect(FlowError.is(signal.reason, 'NODE_TIMEOUT')).to.equal(true);
  });

  it('R11 a signal that is read only afterwards is aborted already', async () => {
    const { node: work, calls } = held('A', { timeoutS: 1 });
    const flow = await bench.run(line(work));
    await flow.emit(1);
    await bench.clock.advance(1_000);
    expect(calls[0]?.ctx.signal.aborted).to.equal(true);
  });

  it('R11 the signal of an attempt that ended by itself never aborts', async () => {
    const { node: work, calls } = held('A', { timeoutS: 1 });
    const flow = await bench.run(line(work));
    await flow.emit(1);
    const { signal } = calls[0]?.ctx ?? expect.fail('not running');
    calls[0]?.resolve(1);
    await bench.clock.advance(2_000);
    expect([signal.aborted, calls[0]?.ctx.signal.aborted]).to.deep.equal([false, false]);
  });

  it('R11 the late result of the attempt is discarded, and so is its late failure', async () => {
    const { node: work, calls } = held('A', { timeoutS: 1, concurrency: 2 });
    const flow = await bench.run(line(work));
    const events = record(flow);
    await flow.emit(1);
    await flow.emit(2);
    await bench.clock.advance(1_000);
    const before = shortForm(events);
    calls[0]?.resolve('late');
    calls[1]?.reject(new Error('late'));
    await settle();
    expect(shortForm(events)).to.deep.equal(before);
    expect(flow.snapshot()).to.include({ results: 0, traces: 0 });
    expect(flow.snapshot().nodes[0]).to.include({ late: 0, timedOut: 2, failed: 2, succeeded: 0 });
  });

  it('R11 a late result of the first attempt does not end the second', async () => {
    const { node: work, calls } = held('A', { timeoutS: 1, maxRetries: 1, backoffBaseS: 0 });
    const flow = await bench.run(line(work));
    const call = flow.call(1);
    await bench.clock.advance(1_000);
    expect(calls).to.have.length(2);
    calls[0]?.resolve('late');
    expect(await isPending(call)).to.equal(true);
    calls[1]?.resolve('second');
    expect(await call).to.equal('second');
  });

  it('R11 later emits of the attempt reject', async () => {
    const { node: work, calls } = held('A', { timeoutS: 1 });
    const flow = await bench.run(line(work));
    await flow.emit(1);
    await bench.clock.advance(1_000);
    const emitted = calls[0]?.ctx.emit('late') ?? expect.fail('not running');
    const error = await failureOf(emitted);
    expect(error.code).to.equal('ATTEMPT_ENDED');
    expect(FlowError.is(error.cause, 'NODE_TIMEOUT')).to.equal(true);
    expect(flow.snapshot()).to.include({ results: 0, traces: 0 });
  });

  it('R11 emits after a success reject too', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work));
    await flow.emit(1);
    calls[0]?.resolve();
    await settle();
    expect(await codeOf(calls[0]?.ctx.emit('late') ?? expect.fail('not running'))).to.equal('ATTEMPT_ENDED');
  });

  it('R11 a stream stops at the timeout, and what it had emitted stays', async () => {
    let made = 0;
    const flow = await bench.run(
      line(
        node(
          'A',
          async function* () {
            for (;;) {
              yield ++made;
              await new Promise((resolve) => {
                bench.clock.setTimer(() => resolve(undefined), 400);
              });
            }
          },
          { timeoutS: 1 },
        ),
      ),
    );
    await flow.emit(1);
    await bench.clock.advance(5_000);
    expect(made).to.be.within(3, 4);
    expect([await flow.fetch(), await flow.fetch(), await flow.fetch()]).to.deep.equal([1, 2, 3]);
    expect(flow.snapshot()).to.include({ results: 0, traces: 0 });
  });

  it('R11 its slot is free although its code still runs', async () => {
    const { node: work, calls } = held('A', { timeoutS: 1 });
    const flow = await bench.run(line(work));
    await flow.emit(1);
    const second = flow.call(2);
    await bench.clock.advance(1_000);
    expect(calls.map(({ payload }) => payload)).to.deep.equal([1, 2]);
    calls[1]?.resolve('done');
    expect(await second).to.equal('done');
    expect(flow.snapshot().nodes[0]?.late).to.equal(1);
  });

  it('R11 a deadline shortens the attempt that would outlive it', async () => {
    const { node: work, calls } = held('A', { timeoutS: 10 });
    const flow = await bench.run(line(work));
    const events = record(flow);
    const code = codeOf(flow.call(1, { timeoutS: 3 }));
    const ctx = calls[0]?.ctx ?? expect.fail('not running');
    expect(ctx.remainingMs).to.equal(3_000);
    expect(ctx.signal.aborted).to.equal(false);
    await bench.clock.advance(3_000);
    expect(await code).to.equal('DEADLINE_EXCEEDED');
    expect(ctx.signal.aborted).to.equal(true);
    expect(shortForm(events)).to.deep.equal(['A:node_start', 'A:node_timeout', 'A:node_failed']);
  });

  it('R11 an attempt that a deadline ended is not retried', async () => {
    const { node: work, calls } = held('A', { timeoutS: 10, maxRetries: 3 });
    const flow = await bench.run(line(work));
    const code = codeOf(flow.call(1, { timeoutS: 3 }));
    await bench.clock.advance(60_000);
    expect(await code).to.equal('DEADLINE_EXCEEDED');
    expect(calls).to.have.length(1);
  });

  it('R11 ctx.remainingMs counts down to the timeout or the deadline, whichever is first', async () => {
    const { node: work, calls } = held('A', { timeoutS: 10, concurrency: 2 });
    const flow = await bench.run(line(work));
    await flow.emit(1);
    await flow.emit(2, { timeoutS: 4 });
    await bench.clock.advance(1_000);
    expect(calls.map(({ ctx }) => ctx.remainingMs)).to.deep.equal([9_000, 3_000]);
    await bench.clock.advance(20_000);
    expect(calls.map(({ ctx }) => ctx.remainingMs)).to.deep.equal([0, 0]);
  });

  it('R11 ctx.remainingMs is endless without either', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work));
    await flow.emit(1);
    expect(calls[0]?.ctx.remainingMs).to.equal(Number.POSITIVE_INFINITY);
  });

  it('R11 R16 an abort listener that cancels the trace when the attempt times out ends both once', async () => {
    const { node: work, calls } = held('A', { timeoutS: 1, maxRetries: 3 });
    const flow = await bench.run(line(work));
    const events = record(flow);
    const cancelled = codeOf(flow.call(1, { traceId: 't' }));
    calls[0]?.ctx.signal.addEventListener('abort', () => flow.cancel('t'));
    await bench.clock.advance(1_000);
    expect(await cancelled).to.equal('TRACE_CANCELLED');
    calls[0]?.resolve('late');
    await settle();
    expect(flow.snapshot()).to.include({ results: 0, traces: 0 });
    const counters = { cancelled: 1, timedOut: 0, retried: 0, failed: 0 };
    expect(flow.snapshot().nodes[0]).to.include({ inFlight: 0, late: 0, ...counters });
    expect(events.map(({ eventType }) => eventType)).to.deep.equal([
      'node_start',
      'trace_cancel_start',
      'node_trace_cancelled',
      'trace_cancel_finish',
    ]);
    const next = flow.call(2);
    calls[1]?.resolve('next');
    expect(await next).to.equal('next');
  });

  describe('on a clock whose stamps are not exact, as those of the machine', () => {
    /** Its time is looked at only when somebody must know it. */
    class CoarseClock extends ManualClock {
      override stamp(): number {
        return Number.NaN;
      }
    }
    beforeEach(() => {
      bench.clock = new CoarseClock();
    });

    it('R11 fails an attempt that began after others, never early and at most a tenth late', async () => {
      const { node: work, calls } = held('A', { timeoutS: 2 });
      const flow = await bench.run(line(pass('First', { timeoutS: 2 }), work));
      for (let n = 0; n < 3; n++) {
        const quick = flow.call(n);
        await settle();
        calls[n]?.resolve(n);
        expect(await quick).to.equal(n);
      }
      const slow = flow.call('slow');
      slow.catch(() => {});
      await bench.clock.advance(1_999);
      expect(await isPending(slow)).to.equal(true);
      await bench.clock.advance(201);
      expect(await codeOf(slow)).to.equal('NODE_TIMEOUT');
    });

    it('R11 watches again after it had nothing to watch, and while somebody listens', async () => {
      const { node: work, calls } = held('A', { timeoutS: 1 });
      const flow = await bench.run(line(work));
      const quick = flow.call(1);
      calls[0]?.resolve(1);
      await quick;
      await bench.clock.advance(60_000);
      const first = codeOf(flow.call(2));
      await bench.clock.advance(1_100);
      expect(await first).to.equal('NODE_TIMEOUT');
      const latencies: unknown[] = [];
      flow.on('node_timeout', ({ latencyMs }) => void latencies.push(latencyMs));
      const second = codeOf(flow.call(3));
      await bench.clock.advance(1_100);
      expect(await second).to.equal('NODE_TIMEOUT');
      expect(latencies).to.deep.equal([1_000]);
    });
  });
});
