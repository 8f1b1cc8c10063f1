import { expect } from 'chai';
import { FlowError } from '#src/index.js';
import { Parcel } from '#src/runtime/trace/envelope.js';
import { ResultWaiter, takePayload } from '#src/runtime/trace/result-waiter.js';
import { PLAIN_HEADERS } from '#src/message/headers.js';
import { Egress } from '#src/runtime/egress/egress.js';
import { WaitingPut } from '#src/queue/floe.js';
import { TraceRegistry } from '#src/runtime/trace/trace-registry.js';
import { codeOf, failureOf, isPending } from '../../support/settling.js';

/** A result that waits for room. */
class Put extends WaitingPut<Parcel> {
  readonly #admitted: unknown[];

  constructor(
    readonly item: Parcel,
    admitted: unknown[],
  ) {
    super();
    this.#admitted = admitted;
  }

  onAdmitted(): void {
    this.#admitted.push(this.item.payload);
  }

  onDropped(): void {}
}

describe('Egress', () => {
  let traces = new TraceRegistry(() => {});
  let unread: string[] = [];
  let egress = made();

  function made(capacity = 2): Egress {
    return new Egress({ capacity, deliverFailures: true, onUnclaimed: ({ id }) => unread.push(id) }, traces);
  }

  /** A result of a trace, counted as the runtime counts it before it is offered. */
  function parcel(id: string): Parcel {
    const envelope = traces.join(id, { headers: PLAIN_HEADERS, deadline: undefined, meta: {}, emittedMs: 0 });
    envelope.pending++;
    return new Parcel(id, envelope);
  }

  /** A failure of a run; whether somebody has it, or will. */
  function fail(id: string): boolean {
    const run = traces.begin({ headers: PLAIN_HEADERS, deadline: undefined, meta: {}, emittedMs: 0 }, id);
    return egress.offerFailure(run, new FlowError('NODE_EXCEPTION', { message: id }));
  }

  /** Offers, and waits for room when there is none; the names of those that got in come into `admitted`. */
  function put(one: Parcel, admitted: unknown[] = []): void {
    if (!egress.offer(one)) egress.park(new Put(one, admitted));
  }

  beforeEach(() => {
    traces = new TraceRegistry(() => {});
    unread = [];
    egress = made();
  });

  it('R4 keeps results in order, up to its capacity, and lets in who waits', () => {
    const admitted: unknown[] = [];
    for (const id of ['a', 'b', 'c', 'd']) put(parcel(id), admitted);
    expect([egress.size, egress.waiting, admitted]).to.deep.equal([2, 2, []]);
    expect(egress.take()?.payload).to.equal('a');
    expect([egress.size, egress.waiting, admitted]).to.deep.equal([2, 1, ['c']]);
    expect(['b', 'c', 'd'].map(() => egress.take()?.payload)).to.deep.equal(['b', 'c', 'd']);
    expect(traces.size).to.equal(0);
  });

  it('R14 gives a result to who waits for its trace before who takes any', async () => {
    const [any, own] = [new ResultWaiter(takePayload), new ResultWaiter(takePayload)];
    egress.wait(any, false);
    const one = parcel('t');
    traces.wait('t', 'default', own);
    expect(egress.offer(one)).to.equal(true);
    expect(await own.promise).to.equal('t');
    expect(await isPending(any.promise)).to.equal(true);
    expect(egress.offer(parcel('u'))).to.equal(true);
    expect(await any.promise).to.equal('u');
    expect([egress.size, traces.size]).to.deep.equal([0, 0]);
  });

  it('R17 discards and counts what a trace that is owned delivers after its answer', () => {
    const one = parcel('t');
    one.envelope.trace.owned = true;
    expect([egress.offer(one), egress.discarded, egress.size, traces.size]).to.deep.equal([true, 1, 0, 0]);
  });

  it('R14 finds the result of one label, stored or waiting', () => {
    for (const id of ['a', 'b', 'c']) put(parcel(id));
    expect(egress.takeLabelled('c', 'acme')).to.equal(undefined);
    expect(egress.takeLabelled('c', 'default')?.payload).to.equal('c');
    expect(egress.takeLabelled('b', 'default')?.payload).to.equal('b');
    expect([egress.size, egress.waiting, traces.size]).to.deep.equal([1, 0, 1]);
  });

  it('R14 gives a failure to whoever reads results() and waits, before a fetch that waits', async () => {
    const [any, reader] = [new ResultWaiter(takePayload), new ResultWaiter(takePayload)];
    egress.openReader();
    egress.wait(any, false);
    egress.wait(reader, true);
    expect(fail('fails')).to.equal(true);
    expect(await reader.promise).to.include({ message: 'fails' });
    expect(await isPending(any.promise)).to.equal(true);
  });

  it('R14 gives a failure to the first in line for any result, and to nobody else', async () => {
    expect(fail('nobody waits')).to.equal(false);
    const [one, two] = [new ResultWaiter(takePayload), new ResultWaiter(takePayload)];
    egress.wait(one, false);
    egress.wait(two, false);
    expect(fail('one waits')).to.equal(true);
    expect(await codeOf(one.promise)).to.equal('NODE_EXCEPTION');
    put(parcel('a'));
    expect(await two.promise).to.equal('a');
  });

  it('R14 failures for those who read results() take no room, and are unclaimed when the last reader leaves', () => {
    egress.openReader();
    egress.openReader();
    for (const id of ['a', 'b', 'c']) expect(fail(id)).to.equal(true);
    expect([egress.size, egress.waiting, egress.failures.counted]).to.deep.equal([0, 0, 0]);
    egress.closeReader();
    expect(unread).to.deep.equal([]);
    egress.closeReader();
    expect([unread, egress.failures.counted]).to.deep.equal([['a', 'b', 'c'], 3]);
    expect(egress.failures.takeForFetch()?.message).to.equal('a');
  });

  it('R14 failures that the last reader leaves go to a fetch that waits first', async () => {
    egress.openReader();
    fail('a');
    fail('b');
    const any = new ResultWaiter(takePayload);
    egress.wait(any, false);
    egress.closeReader();
    expect(await failureOf(any.promise)).to.include({ message: 'a' });
    expect([unread, egress.failures.counted]).to.deep.equal([['b'], 1]);
  });

  it('R16 drops what matches and ends its traces', () => {
    for (const id of ['a', 'b']) put(parcel(id));
    expect(egress.drop(({ payload }) => payload === 'a')).to.equal(1);
    expect([egress.size, traces.size, egress.take()?.payload]).to.deep.equal([1, 1, 'b']);
  });

  it('R8 rejects everybody in line', async () => {
    const [one, two] = [new ResultWaiter(takePayload), new ResultWaiter(takePayload)];
    egress.wait(one, false);
    egress.wait(two, true);
    egress.rejectAll(new FlowError('FLOW_STOPPED', { message: 'm' }));
    const settled = await Promise.allSettled([one.promise, two.promise]);
    expect(settled.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
  });
});
