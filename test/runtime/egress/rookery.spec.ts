import { expect } from 'chai';
import { FlowError } from '../../../src/index.js';
import { FailureParcel, Parcel } from '#src/runtime/trace/envelope.js';
import { ResultWaiter, takePayload } from '#src/runtime/trace/result-waiter.js';
import { PLAIN_HEADERS } from '#src/message/headers.js';
import { Rookery } from '#src/runtime/egress/rookery.js';
import { TraceRegistry } from '#src/runtime/trace/trace-registry.js';
import { isPending } from '../../support/settling.js';

describe('Rookery', () => {
  let traces = new TraceRegistry(() => {});
  let unread: string[] = [];
  let rookery = made();

  function made(capacity = 2, failuresAreResults = false): Rookery {
    return new Rookery({ capacity, failuresAreResults, onUnread: (trace) => unread.push(trace.id) }, traces);
  }

  /** A result of a trace, counted as the runtime counts it before it is offered. */
  function parcel(id: string, fails = false): Parcel {
    const envelope = traces.open(id, { headers: PLAIN_HEADERS, deadlineS: undefined, meta: {}, emittedMs: 0 });
    envelope.pending++;
    return fails
      ? new FailureParcel(new FlowError('NODE_EXCEPTION', { message: id }), envelope)
      : new Parcel(id, envelope);
  }

  /** Offers, and waits for room when there is none; the names of those that got in come into `admitted`. */
  function put(one: Parcel, admitted: unknown[] = []): void {
    const waiting = { item: one, onAdmitted: () => void admitted.push(one.payload), onDropped: () => {} };
    if (!rookery.offer(one)) rookery.park(waiting);
  }

  beforeEach(() => {
    traces = new TraceRegistry(() => {});
    unread = [];
    rookery = made();
  });

  it('R4 keeps results in order, up to its capacity, and lets in who waits', () => {
    const admitted: unknown[] = [];
    for (const id of ['a', 'b', 'c', 'd']) put(parcel(id), admitted);
    expect([rookery.size, rookery.waiting, admitted]).to.deep.equal([2, 2, []]);
    expect(rookery.take(false)?.payload).to.equal('a');
    expect([rookery.size, rookery.waiting, admitted]).to.deep.equal([2, 1, ['c']]);
    expect(['b', 'c', 'd'].map(() => rookery.take(false)?.payload)).to.deep.equal(['b', 'c', 'd']);
    expect(traces.size).to.equal(0);
  });

  it('R14 gives a result to who waits for its trace before who takes any', async () => {
    const [any, own] = [new ResultWaiter(takePayload), new ResultWaiter(takePayload)];
    rookery.wait(any, false);
    const one = parcel('t');
    traces.wait('t', own);
    expect(rookery.offer(one)).to.equal(true);
    expect(await own.promise).to.equal('t');
    expect(await isPending(any.promise)).to.equal(true);
    expect(rookery.offer(parcel('u'))).to.equal(true);
    expect(await any.promise).to.equal('u');
    expect([rookery.size, traces.size]).to.deep.equal([0, 0]);
  });

  it('R17 discards and counts what a trace that is owned delivers after its answer', () => {
    const one = parcel('t');
    one.envelope.trace.owned = true;
    expect([rookery.offer(one), rookery.discarded, rookery.size, traces.size]).to.deep.equal([true, 1, 0, 0]);
  });

  it('R14 finds the result of one trace, stored or waiting', () => {
    for (const id of ['a', 'b', 'c']) put(parcel(id));
    const [b, c] = ['b', 'c'].map((id) => traces.get(id) ?? expect.fail(id));
    expect(rookery.takeOf(c as NonNullable<typeof c>)?.payload).to.equal('c');
    expect(rookery.takeOf(b as NonNullable<typeof b>)?.payload).to.equal('b');
    expect([rookery.size, rookery.waiting, traces.size]).to.deep.equal([1, 0, 1]);
  });

  it('R14 keeps failures from who did not ask for them', () => {
    rookery.openReader();
    put(parcel('fails', true));
    put(parcel('works'));
    expect(rookery.take(false)?.payload).to.equal('works');
    expect(rookery.take(false)).to.equal(undefined);
    expect(rookery.take(true)).to.be.instanceOf(FailureParcel);
  });

  it('R14 takes failures while there is a reader, or when they are results', () => {
    expect(rookery.takesFailures).to.equal(false);
    rookery.openReader();
    expect([rookery.takesFailures, rookery.readers]).to.deep.equal([true, 1]);
    rookery.closeReader();
    expect([rookery.takesFailures, rookery.readers]).to.deep.equal([false, 0]);
    expect(made(2, true).takesFailures).to.equal(true);
  });

  it('R14 gives back the failures that the last reader leaves unread, waiting ones too', () => {
    rookery.openReader();
    rookery.openReader();
    for (const id of ['a', 'b', 'c']) put(parcel(id, true));
    rookery.closeReader();
    expect(unread).to.deep.equal([]);
    rookery.closeReader();
    expect(unread.toSorted()).to.deep.equal(['a', 'b', 'c']);
    expect([rookery.size, rookery.waiting]).to.deep.equal([0, 0]);
  });

  it('R16 drops what matches and ends its traces', () => {
    for (const id of ['a', 'b']) put(parcel(id));
    expect(rookery.drop(({ payload }) => payload === 'a')).to.equal(1);
    expect([rookery.size, traces.size, rookery.take(false)?.payload]).to.deep.equal([1, 1, 'b']);
  });

  it('R8 rejects everybody in line', async () => {
    const [one, two] = [new ResultWaiter(takePayload), new ResultWaiter(takePayload)];
    rookery.wait(one, false);
    rookery.wait(two, true);
    rookery.rejectAll(new FlowError('FLOW_STOPPED', { message: 'm' }));
    const settled = await Promise.allSettled([one.promise, two.promise]);
    expect(settled.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
  });
});
