import { getEventListeners } from 'node:events';

import { expect } from 'chai';
import { useFakeNow } from '../support/fake-now.js';
import { record, shortForm, useFlows } from '../support/flows.js';
import { held, line, node, pass } from '../support/nodes.js';
import { codeOf, isPending, settle } from '../support/settling.js';

describe('the end of a run', () => {
  const bench = useFlows();

  it('R6 its queued messages count as gone at once, are skipped, and leave the order of the others', async () => {
    const { node: work, calls } = held('A');
    const flow = await bench.run(line(work), { queueMaxsize: 0 });
    await flow.emit('running');
    // As many as end before anybody looks at the clock.
    for (let n = 0; n < 32; n++) await flow.emit(n, { traceId: n % 2 === 0 ? 'gone' : 'stays' });
    expect(flow.snapshot().nodes[0]).to.include({ queued: 32 });
    flow.cancel('gone');
    expect(flow.snapshot().nodes[0]).to.include({ queued: 16 });
    expect(flow.snapshot().traces).to.equal(17);
    for (let n = 0; n <= 16; n++) {
      calls[n]?.resolve();
      await settle();
    }
    const odd = Array.from({ length: 16 }, (_, n) => n * 2 + 1);
    expect(calls.map(({ payload }) => payload)).to.deep.equal(['running', ...odd]);
  });

  it('R6 its room is free at once for who waits', async () => {
    const { node: work } = held('A');
    const flow = await bench.run(line(work), { queueMaxsize: 2 });
    await flow.emit('running');
    for (const n of [1, 2]) await flow.emit(n, { traceId: 'gone' });
    expect(flow.tryEmit('too much')).to.equal(false);
    const waiting = flow.emit('waits');
    expect(await isPending(waiting)).to.equal(true);
    flow.cancel('gone');
    expect(await isPending(waiting)).to.equal(false);
    expect(flow.snapshot().nodes[0]).to.include({ queued: 1, waitingForRoom: 0 });
    expect(flow.tryEmit('fits')).to.equal(true);
  });

  it('R6 results that nobody has fetched go with their run, and make room at the egress', async () => {
    const flow = await bench.run(line(pass('A')), { queueMaxsize: 1 });
    await flow.emit('one', { traceId: 'gone' });
    await flow.emit('two');
    await settle();
    expect(flow.snapshot()).to.include({ results: 1, traces: 2 });
    flow.cancel('gone');
    await settle();
    expect(await flow.fetch()).to.equal('two');
    expect(flow.snapshot()).to.include({ results: 0, traces: 0 });
  });

  it('R6 a signal has one listener of ours, however many calls share it, and none when they are over', async () => {
    const { node: work, calls } = held('A', { concurrency: 30 });
    const flow = await bench.run(line(work));
    const { signal, abort } = abortable();
    const done = Array.from({ length: 10 }, (_, n) => flow.call(n, { signal }));
    const aborted = Array.from({ length: 20 }, (_, n) => codeOf(flow.call(n, { signal })));
    expect(getEventListeners(signal, 'abort')).to.have.length(1);
    for (let n = 0; n < 10; n++) calls[n]?.resolve(n);
    expect(await Promise.all(done)).to.have.length(10);
    expect(getEventListeners(signal, 'abort')).to.have.length(1);
    abort();
    expect(new Set(await Promise.all(aborted))).to.deep.equal(new Set(['ABORTED']));
    expect(getEventListeners(signal, 'abort')).to.have.length(0);
    expect(flow.snapshot()).to.include({ traces: 0 });
  });

  it('R6 R13 deadlines that pass together end each call with one deadline_skip and one rejection', async () => {
    const flow = await bench.run(line(held('A').node), { queueMaxsize: 0 });
    await flow.emit('running');
    const events = record(flow);
    const codes = Promise.all(Array.from({ length: 300 }, (_, n) => codeOf(flow.call(n, { timeoutS: 1 }))));
    await bench.clock.advance(1_000);
    expect(new Set(await codes)).to.deep.equal(new Set(['DEADLINE_EXCEEDED']));
    expect(shortForm(events).filter((event) => event === 'A:deadline_skip')).to.have.length(300);
    expect(flow.snapshot().nodes[0]).to.include({ queued: 0, skipped: 300 });
    expect(flow.snapshot().traces).to.equal(1);
  });

  it('R6 R16 a run is found in its slot however many others are in flight, also with several messages', async () => {
    const slow = held('Slow', { concurrency: 100 });
    const twice = node('Twice', async (n: unknown, ctx) => {
      await ctx.emit(n);
      await ctx.emit(n);
    });
    const flow = await bench.run(line(twice, slow.node));
    const [a, c] = ['a', 'c'].map((traceId) => flow.call(traceId, { traceId }));
    const b = codeOf(flow.call('b', { traceId: 'b' }));
    await settle();
    expect(slow.calls).to.have.length(6);
    expect(flow.cancel('b')).to.equal(true);
    expect(await b).to.equal('TRACE_CANCELLED');
    const aborted = slow.calls.map(({ payload, ctx }) => [payload, ctx.signal.aborted]);
    expect(aborted).to.deep.equal(slow.calls.map(({ payload }) => [payload, payload === 'b']));
    for (const call of slow.calls) call.resolve('done');
    expect(await Promise.all([a, c])).to.deep.equal(['done', 'done']);
  });

  function abortable(): { readonly signal: AbortSignal; readonly abort: () => void } {
    const controller = new AbortController();
    return { signal: controller.signal, abort: () => controller.abort() };
  }

  describe('of very many that one cancel ends', () => {
    const now = useFakeNow();

    it('R6 R16 comes in turns of the event loop, the first at once, and for each of them', async () => {
      const flow = await bench.run(line(held('A').node), { queueMaxsize: 0 });
      const codes = Array.from({ length: 100 }, () => codeOf(flow.call(1, { traceId: 't' })));
      // Each run takes a millisecond to end.
      flow.on('trace_cancel_start', () => now.advance(1));
      const events = record(flow);
      expect(flow.cancel('t')).to.equal(true);
      const left = flow.snapshot().traces;
      expect(left).to.be.within(80, 99);
      await settle();
      expect(flow.snapshot().traces).to.be.below(left);
      expect(new Set(await Promise.all(codes))).to.deep.equal(new Set(['TRACE_CANCELLED']));
      expect(events.filter(({ eventType }) => eventType === 'trace_cancel_finish')).to.have.length(100);
      expect(flow.snapshot()).to.include({ traces: 0, cancelledTraces: 100 });
    });
  });
});
