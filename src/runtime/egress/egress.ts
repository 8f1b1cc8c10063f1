import { Floe, type WaitingPut } from '../../queue/floe.js';
import { Line } from '../../queue/line.js';
import type { FlowError } from '../../errors/flow-error.js';
import { FailureParcel, isGone, type Envelope, type Parcel } from '../trace/envelope.js';
import type { Outlet } from '../routing/outlet.js';
import { StreamChunk } from '../../message/stream-chunk.js';
import type { ResultWaiter } from '../trace/result-waiter.js';
import type { RunAccount } from '../trace/run-account.js';
import type { StreamReader } from './stream-reader.js';
import type { TraceRecord } from '../trace/trace-record.js';
import type { TraceRegistry } from '../trace/trace-registry.js';
import { UnclaimedFailures, type UnclaimedFailure } from './unclaimed-failures.js';

/** What the egress needs to know of its flow. */
export interface EgressOptions {
  /** Results that may wait; 0 or less means unbounded. */
  readonly capacity: number;
  /** Whether a `fetch` of any run is rejected with failures. */
  readonly deliverFailures: boolean;
  /** Told of a failure that nobody took who read `results()`. */
  readonly onUnclaimed: (failure: UnclaimedFailure) => void;
}

/**
 * The Rookery, the egress of a flow: results go to whoever waits for their trace, else to whoever takes any result, else
 * they wait here. It is bounded like every floe: a flow whose results nobody fetches comes to a halt and loses nothing.
 */
export class Egress implements Outlet {
  readonly leaves = true;
  /** Further results of a trace whose `call` or `stream` has its answer; nobody can ever ask for them. */
  discarded = 0;
  /** Chunks of traces that `call` waits for, which takes the answer and not the pieces, or that come after the answer. */
  discardedChunks = 0;
  /** Results that have been taken, or dropped, since the flow began. */
  taken = 0;
  /** Failures that nobody has heard of yet. */
  readonly failures: UnclaimedFailures;
  /** Told that a result was taken, which lets in one that waited for room; set while the flow drains. */
  onTaken: (() => void) | undefined;
  #readers = 0;

  readonly #results: Floe<Parcel>;
  readonly #deliverFailures: boolean;
  /** Those who take any result, and those (`results()`) who take failures as well. */
  readonly #fetchers = new Line<ResultWaiter<unknown>>();
  readonly #readersInLine = new Line<ResultWaiter<unknown>>();
  readonly #traces: TraceRegistry;
  /** Those who read runs of their own, piece by piece. */
  readonly #streams = new Line<StreamReader>();

  constructor(options: EgressOptions, traces: TraceRegistry) {
    this.#results = new Floe(options.capacity, undefined, (parcel) => this.#isGone(parcel));
    this.#deliverFailures = options.deliverFailures;
    this.failures = new UnclaimedFailures(this.#results, options.onUnclaimed);
    this.#traces = traces;
  }

  /** Results that wait. */
  get size(): number {
    return this.#results.size;
  }

  /** Results that wait for room to wait in. */
  get waiting(): number {
    return this.#results.waiting;
  }

  /** The result that came last of those that wait for room. */
  get lastWaiting(): WaitingPut<Parcel> | undefined {
    return this.#results.lastWaiting;
  }

  offer(parcel: Parcel): boolean {
    const trace = parcel.envelope.trace;
    const stream = this.streamOf(trace);
    if (stream !== undefined) {
      const { account } = trace;
      // Before, because whoever takes it may be the last that the run waits for.
      if (account !== undefined) noteResult(account, parcel, 1);
      const isIn = stream.offer(parcel);
      if (!isIn && account !== undefined) noteResult(account, parcel, -1);
      return isIn;
    }
    const waiter = trace.owned ? undefined : (this.#traces.firstWaiter(trace) ?? this.#nextInLine(parcel));
    if (trace.owned) this.#answer(trace, parcel);
    else if (waiter !== undefined) waiter.resolve(parcel);
    else {
      if (!this.#results.offer(parcel)) return false;
      if (trace.account !== undefined) noteResult(trace.account, parcel);
      this.#traces.noteUntaken(trace);
      return true;
    }
    if (trace.account !== undefined) noteResult(trace.account, parcel);
    this.#traces.release(trace);
    return true;
  }

  park(put: WaitingPut<Parcel>): void {
    (this.streamOf(put.item.envelope.trace) ?? this.#results).park(put);
  }

  admitted(parcel: Parcel): void {
    const { trace } = parcel.envelope;
    if (trace.account !== undefined) noteResult(trace.account, parcel);
    const stream = this.streamOf(trace);
    if (stream === undefined) this.#traces.noteUntaken(trace);
    else stream.admitted(parcel);
  }

  /** Gives a trace an egress of its own. */
  openStream(trace: TraceRecord, reader: StreamReader): void {
    trace.reader = reader;
    reader.run = trace;
    this.#streams.push(reader);
  }

  /** The reader that `openStream` gave the trace; each chunk asks for it, so it is not looked up. */
  streamOf(trace: TraceRecord): StreamReader | undefined {
    return trace.reader as StreamReader | undefined;
  }

  /** The trace is gone. */
  closeStream(trace: TraceRecord): void {
    this.streamOf(trace)?.leaveLine();
  }

  /** Those who read active runs piece by piece. */
  get openStreams(): readonly StreamReader[] {
    return this.#streams.members();
  }

  /** How many `results()` readers are open. */
  get readers(): number {
    return this.#readers;
  }

  /** Calls of `fetch` that wait for a result of any run. */
  get waitingFetches(): number {
    return this.#fetchers.size;
  }

  /** Calls of `next` of a `results()` that wait. */
  get waitingReaders(): number {
    return this.#readersInLine.size;
  }

  openReader(): void {
    this.#readers++;
  }

  /** A reader left. With the last one go the failures that only readers take. */
  closeReader(): void {
    if (--this.#readers === 0) this.failures.leftByReaders((failure) => this.#rejectFirst(failure));
  }

  /** Gives a failure to whoever takes that of any run, now or later; false when there is nobody. */
  offerFailure({ trace }: Envelope, error: FlowError): boolean {
    const { first } = this.#readersInLine;
    if (first !== undefined) first.resolve(new FailureParcel(error, trace));
    else if (this.#readers !== 0) this.failures.keepForReaders(trace, error);
    else return this.#rejectFirst(error);
    return true;
  }

  /** The oldest result of any trace, but for those that a scoped emit keeps. */
  take(): Parcel | undefined {
    const { anyScoped } = this.#traces;
    if (!anyScoped) return this.#handOut(this.#results.take());
    return this.#handOut(this.#takeFirst(({ envelope }) => !this.#traces.isScoped(envelope.trace)));
  }

  /** The oldest result of the runs of a label, also one that still waits for room. */
  takeLabelled(id: string, tenant: string): Parcel | undefined {
    if (this.#results.size === 0) return undefined;
    return this.#handOut(this.#takeFirst(({ envelope: { trace } }) => trace.tenant === tenant && trace.id === id));
  }

  /** Waits in line for the next result of any trace, or for the next failure as well. */
  wait(waiter: ResultWaiter<unknown>, withFailures: boolean): void {
    (withFailures ? this.#readersInLine : this.#fetchers).push(waiter);
  }

  /** Throws away the waiting results that match; returns how many. */
  drop(matches: (parcel: Parcel) => boolean): number {
    const dropped = this.#results.remove(matches);
    this.taken += dropped.length;
    for (const parcel of dropped) this.#traces.releaseTaken(parcel.envelope.trace);
    let count = dropped.length;
    for (const stream of this.openStreams) count += stream.drop(matches);
    return count;
  }

  /** Takes the puts that wait for room off the line; the caller tells them. */
  removeWaiting(matches: (parcel: Parcel) => boolean): WaitingPut<Parcel>[] {
    return [
      ...this.#results.removeWaiting(matches),
      ...this.openStreams.flatMap((stream) => stream.removeWaiting(matches)),
    ];
  }

  /** Results of a run that has ended lie here. */
  noteGone(): void {
    this.#results.noteGone();
  }

  /** Throws away results that are gone, and lets in those who wait for that room. */
  sweep(): void {
    this.#results.sweep();
  }

  /** Nobody will get a result any more. */
  rejectAll(error: unknown): void {
    for (const waiter of [...this.#fetchers.members(), ...this.#readersInLine.members()]) waiter.reject(error);
  }

  /** Counts what comes after the answer. */
  discard({ payload }: Pick<Parcel, 'payload'>): void {
    if (StreamChunk.is(payload)) this.discardedChunks++;
    else this.discarded++;
  }

  /** A result of a run that a `call` began: the first one is its answer. */
  #answer(trace: TraceRecord, parcel: Parcel): void {
    if (StreamChunk.is(parcel.payload) || trace.waiter === undefined) this.discard(parcel);
    else {
      const { waiter } = trace;
      trace.waiter = undefined;
      waiter.resolve(parcel);
    }
  }

  #isGone(parcel: Parcel): boolean {
    if (!isGone(parcel)) return false;
    this.taken++;
    return true;
  }

  /** Rejects the first in line for any result, if such a `fetch` is to see failures. */
  #rejectFirst(error: FlowError): boolean {
    const first = this.#deliverFailures ? this.#fetchers.first : undefined;
    first?.fail(error);
    return first !== undefined;
  }

  /** The first result that matches, be it stored or waiting for room. */
  #takeFirst(matches: (parcel: Parcel) => boolean): Parcel | undefined {
    const stored = this.#results.takeFirst(matches);
    if (stored !== undefined) return stored;
    const [put] = this.#results.removeWaiting(once(matches));
    // Read first: whoever is told that its item is in has forgotten it.
    const parked = put?.item;
    put?.onAdmitted();
    return parked;
  }

  #nextInLine({ envelope }: Parcel): ResultWaiter<unknown> | undefined {
    if (this.#traces.anyScoped && this.#traces.isScoped(envelope.trace)) return undefined;
    return this.#fetchers.first ?? this.#readersInLine.first;
  }

  #handOut(parcel: Parcel | undefined): Parcel | undefined {
    if (parcel !== undefined) {
      this.taken++;
      this.#traces.releaseTaken(parcel.envelope.trace);
    }
    this.onTaken?.();
    return parcel;
  }
}

function noteResult(account: RunAccount, { payload }: Parcel, change = 1): void {
  if (!StreamChunk.is(payload)) account.results += change;
}

/** Matches the first item only. */
function once(matches: (parcel: Parcel) => boolean): (parcel: Parcel) => boolean {
  let found = false;
  return (parcel) => !found && (found = matches(parcel));
}
