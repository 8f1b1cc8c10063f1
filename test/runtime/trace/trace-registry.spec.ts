import { expect } from 'chai';
import { FlowError } from '#src/index.js';
import { ResultWaiter, takePayload, type Delivered } from '#src/runtime/trace/result-waiter.js';
import type { TraceRecord } from '#src/runtime/trace/trace-record.js';
import { TraceRegistry } from '#src/runtime/trace/trace-registry.js';
import { codeOf, isPending } from '../../support/settling.js';

const failure = (): FlowError => new FlowError('NODE_EXCEPTION', { message: 'm' });

/** What a trace takes from the message that begins it. */
function messageOf(tenant: string): Parameters<TraceRegistry['join']>[1] {
  return { headers: { tenant, priority: 0 }, deadline: undefined, meta: {}, emittedMs: 0 };
}

describe('TraceRegistry', () => {
  let ended: TraceRecord[] = [];
  let traces = new TraceRegistry(() => {});

  beforeEach(() => {
    ended = [];
    traces = new TraceRegistry((trace) => ended.push(trace));
  });

  it('R3 keeps a run from its first message to its last', () => {
    const trace = traces.begin(messageOf('acme'), 't');
    expect([trace.id, trace.tenant, traces.size]).to.deep.equal(['t', 'acme', 1]);
    trace.pending = 2;
    traces.release(trace);
    expect(ended).to.deep.equal([]);
    traces.release(trace);
    expect([ended, traces.size, traces.labelled('t', 'acme')]).to.deep.equal([[trace], 0, []]);
  });

  it('R17 a label is of a tenant, and any number of runs may bear it', () => {
    const [one, two] = [traces.begin(messageOf('acme'), 't'), traces.begin(messageOf('acme'), 't')];
    const other = traces.begin(messageOf('other'), 't');
    expect(traces.labelled('t', 'acme')).to.deep.equal([one, two]);
    expect(traces.labelled('t', 'other')).to.deep.equal([other]);
    expect(traces.labelled('t', 'default')).to.deep.equal([]);
    expect([traces.isOfOthers('t', 'default'), traces.isOfOthers('u', 'default')]).to.deep.equal([true, false]);
  });

  it('R17 joins the run of a label that was begun so, and no other', () => {
    traces.begin(messageOf('acme'), 't');
    const joined = traces.join('t', messageOf('acme'));
    expect(traces.join('t', messageOf('acme'))).to.equal(joined);
    expect(traces.join('t', messageOf('other'))).not.to.equal(joined);
    joined.pending = 1;
    traces.release(joined);
    expect(traces.join('t', messageOf('acme'))).not.to.equal(joined);
  });

  it('R17 does not take one label for another that is written alike', () => {
    const joined = traces.join('c', messageOf('a:b'));
    expect(traces.join('b:c', messageOf('a'))).not.to.equal(joined);
    expect(traces.join('bc', messageOf('a'))).not.to.equal(traces.join('c', messageOf('ab')));
  });

  it('R14 gives a run to who waited before it began, and rejects who got nothing', async () => {
    const [early, late] = [new ResultWaiter(takePayload), new ResultWaiter(takePayload)];
    traces.wait('t', 'default', early);
    const trace = traces.begin(messageOf('default'), 't');
    trace.pending = 1;
    traces.wait('t', 'default', late);
    expect(traces.firstWaiter(trace)).to.equal(early);
    early.resolve({ payload: 1 } as Delivered);
    expect(traces.firstWaiter(trace)).to.equal(late);
    traces.release(trace);
    expect(await codeOf(late.promise)).to.equal('NO_RESULT');
    expect(await early.promise).to.equal(1);
  });

  it('R17 lets who waits go on waiting while another run of the label may answer', async () => {
    const waiter = new ResultWaiter(takePayload);
    const [one, two] = [traces.begin(messageOf('default'), 't'), traces.begin(messageOf('default'), 't')];
    one.pending = two.pending = 1;
    traces.wait('t', 'default', waiter);
    traces.release(one);
    expect(await isPending(waiter.promise)).to.equal(true);
    traces.release(two);
    expect(await codeOf(waiter.promise)).to.equal('NO_RESULT');
  });

  it('R14 forgets who gave up before the run began', async () => {
    const waiter = new ResultWaiter(takePayload);
    traces.wait('t', 'default', waiter);
    waiter.reject(failure());
    expect(await codeOf(waiter.promise)).to.equal('NODE_EXCEPTION');
    expect(traces.firstWaiter(traces.begin(messageOf('default'), 't'))).to.equal(undefined);
  });

  it('R14 rejects everybody who waits, and says whether there was anybody', async () => {
    const trace = traces.begin(messageOf('default'), 't');
    expect(traces.reject(trace, failure())).to.equal(false);
    const waiters = [new ResultWaiter(takePayload), new ResultWaiter(takePayload)];
    for (const waiter of waiters) traces.wait('t', 'default', waiter);
    const codes = Promise.all(waiters.map(({ promise }) => codeOf(promise)));
    expect(traces.reject(trace, failure())).to.equal(true);
    expect(await codes).to.deep.equal(['NODE_EXCEPTION', 'NODE_EXCEPTION']);
    expect(traces.firstWaiter(trace)).to.equal(undefined);
  });

  it('R17 rejects the first who waits with the failure of one run while another may answer', async () => {
    const [one] = [traces.begin(messageOf('default'), 't'), traces.begin(messageOf('default'), 't')];
    const [first, second] = [new ResultWaiter(takePayload), new ResultWaiter(takePayload)];
    for (const waiter of [first, second]) traces.wait('t', 'default', waiter);
    expect(traces.reject(one, failure())).to.equal(true);
    expect(await codeOf(first.promise)).to.equal('NODE_EXCEPTION');
    expect(await isPending(second.promise)).to.equal(true);
  });

  it('R8 rejects everybody and forgets everything when the flow has stopped', async () => {
    const [early, active] = [new ResultWaiter(takePayload), new ResultWaiter(takePayload)];
    traces.wait('early', 'default', early);
    traces.begin(messageOf('default'), 't');
    traces.wait('t', 'default', active);
    const codes = Promise.all([codeOf(early.promise), codeOf(active.promise)]);
    traces.clear(new FlowError('FLOW_STOPPED', { message: 'm' }));
    expect(await codes).to.deep.equal(['FLOW_STOPPED', 'FLOW_STOPPED']);
    expect(traces.size).to.equal(0);
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
