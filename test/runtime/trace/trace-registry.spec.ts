import { expect } from 'chai';
import { FlowError } from '#src/index.js';
import { ResultWaiter, takePayload, type Delivered } from '#src/runtime/trace/result-waiter.js';
import type { TraceRecord } from '#src/runtime/trace/trace-record.js';
import { TraceRegistry } from '#src/runtime/trace/trace-registry.js';
import { codeOf, isPending } from '../../support/settling.js';

const failure = (): FlowError => new FlowError('NODE_EXCEPTION', { message: 'm' });

/** What a trace takes from the message that begins it. */
function messageOf(tenant: string): Parameters<TraceRegistry['open']>[1] {
  return { headers: { tenant, priority: 0 }, deadlineS: undefined, meta: {}, emittedMs: 0 };
}

describe('TraceRegistry', () => {
  let ended: TraceRecord[] = [];
  let traces = new TraceRegistry(() => {});

  beforeEach(() => {
    ended = [];
    traces = new TraceRegistry((trace) => ended.push(trace));
  });

  it('R3 keeps a trace from its first message to its last', () => {
    const trace = traces.open('t', messageOf('acme'));
    expect(traces.open('t', messageOf('other'))).to.equal(trace);
    expect([trace.id, trace.tenant, traces.size, traces.get('t')]).to.deep.equal(['t', 'acme', 1, trace]);
    trace.pending = 2;
    traces.release(trace);
    expect(ended).to.deep.equal([]);
    traces.release(trace);
    expect([ended, traces.size, traces.get('t')]).to.deep.equal([[trace], 0, undefined]);
    expect(traces.open('t', messageOf('acme'))).not.to.equal(trace);
  });

  it('R14 brings who waited before a trace began to that trace, and rejects who got nothing', async () => {
    const [early, late] = [new ResultWaiter(takePayload), new ResultWaiter(takePayload)];
    traces.wait('t', early);
    const trace = traces.open('t', messageOf('default'));
    trace.pending = 1;
    traces.wait('t', late);
    expect(trace.waiters).to.deep.equal([early, late]);
    early.resolve({ payload: 1 } as Delivered);
    expect(trace.waiters).to.deep.equal([late]);
    traces.release(trace);
    expect(await codeOf(late.promise)).to.equal('NO_RESULT');
    expect(await early.promise).to.equal(1);
  });

  it('R14 forgets who gave up before the trace began', async () => {
    const waiter = new ResultWaiter(takePayload);
    traces.wait('t', waiter);
    waiter.reject(failure());
    expect(await codeOf(waiter.promise)).to.equal('NODE_EXCEPTION');
    expect(traces.open('t', messageOf('default')).waiters).to.equal(undefined);
  });

  it('R14 rejects everybody who waits, and says whether there was anybody', async () => {
    const trace = traces.open('t', messageOf('default'));
    expect(traces.reject(trace, failure())).to.equal(false);
    const waiters = [new ResultWaiter(takePayload), new ResultWaiter(takePayload)];
    for (const waiter of waiters) traces.wait('t', waiter);
    const codes = Promise.all(waiters.map(({ promise }) => codeOf(promise)));
    expect(traces.reject(trace, failure())).to.equal(true);
    expect(await codes).to.deep.equal(['NODE_EXCEPTION', 'NODE_EXCEPTION']);
    expect(trace.waiters).to.deep.equal([]);
  });

  it('R14 remembers a failure for one fetch, until a new trace of that id begins', () => {
    const error = failure();
    traces.remember('t', error, 0);
    expect([traces.recall('t'), traces.recall('t')]).to.deep.equal([error, undefined]);
    traces.remember('t', error, 0);
    traces.open('t', messageOf('default'));
    expect(traces.recall('t')).to.equal(undefined);
    expect(traces.unclaimedFailures).to.equal(2);
  });

  it('R14 remembers the newest 256 failures', () => {
    for (let n = 0; n < 256; n++) traces.remember(`t${n}`, failure(), 0);
    traces.remember('t0', failure(), 0);
    traces.remember('new', failure(), 0);
    expect(traces.recall('t0')).not.to.equal(undefined);
    expect(traces.recall('t1')).to.equal(undefined);
    expect(traces.recall('t2')).not.to.equal(undefined);
  });

  it('R14 hands out the oldest failure once the results before it have been taken', () => {
    const [one, two] = [failure(), failure()];
    traces.remember('one', one, 2);
    traces.remember('two', two, 2);
    expect(traces.recallOldest(1)).to.equal(undefined);
    expect([traces.recallOldest(2), traces.recallOldest(2), traces.recallOldest(2)]).to.deep.equal([
      one,
      two,
      undefined,
    ]);
  });

  it('R8 rejects everybody and forgets everything when the flow has stopped', async () => {
    const [early, active] = [new ResultWaiter(takePayload), new ResultWaiter(takePayload)];
    traces.wait('early', early);
    traces.open('t', messageOf('default'));
    traces.wait('t', active);
    traces.remember('failed', failure(), 0);
    const codes = Promise.all([codeOf(early.promise), codeOf(active.promise)]);
    traces.clear(new FlowError('FLOW_STOPPED', { message: 'm' }));
    expect(await codes).to.deep.equal(['FLOW_STOPPED', 'FLOW_STOPPED']);
    expect([traces.size, traces.recall('failed')]).to.deep.equal([0, undefined]);
  });
});

describe('ResultWaiter', () => {
  it('R14 settles once and cleans up once', async () => {
    const waiter = new ResultWaiter(takePayload);
    let cleaned = 0;
    waiter.onSettled(() => cleaned++);
    expect([waiter.settled, await isPending(waiter.promise)]).to.deep.equal([false, true]);
    waiter.resolve({ payload: 'first' } as Delivered);
    waiter.resolve({ payload: 'second' } as Delivered);
    waiter.reject(failure());
    expect([waiter.settled, cleaned]).to.deep.equal([true, 1]);
    expect(await waiter.promise).to.equal('first');
  });
});
