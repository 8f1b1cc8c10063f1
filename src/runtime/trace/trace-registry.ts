import { FlowError } from '../../errors/flow-error.js';
import { withoutFrames } from '../../errors/without-frames.js';
import { Line } from '../../queue/line.js';
import { NO_META, PLAIN_HEADERS } from '../../message/headers.js';
import { isHeld } from '../../trace-local/trace-local.js';
import type { EnvelopeFacts } from './envelope-facts.js';
import { Parcel } from './envelope.js';
import { lackOf } from './lacks.js';
import type { ResultWaiter } from './result-waiter.js';
import { TraceIndex } from './trace-index.js';
import { TraceRecord } from './trace-record.js';

/** What a trace takes from the message that begins it. */
type FirstMessage = Pick<EnvelopeFacts, 'headers' | 'deadline' | 'meta' | 'emittedMs'>;

/** A trace id is a label of a tenant; of no two labels the keys are the same. */
function keyOf(tenant: string, id: string): string {
  return `${tenant.length}:${tenant}${id}`;
}

/** Of a run that may be joined: by those alone who say the same of `scoped`. */
function joinKeyOf(tenant: string, id: string, isScoped: boolean): string {
  return isScoped ? `scoped ${keyOf(tenant, id)}` : keyOf(tenant, id);
}

/**
 * The active runs of a flow, and those who wait for one by its label: its trace id and tenant.
 *
 * A run comes into being with its first message and is forgotten with its last.
 */
export class TraceRegistry {
  /** Told when a message is gone of a run of which nodes keep something, or somebody is told how it ends. */
  onMove: (trace: TraceRecord) => void = () => {};
  /** Runs that began, and those of them that were cancelled. */
  started = 0;
  cancelled = 0;
  /** Whether `onFirst` is to be called when a run begins, once. */
  asleep = false;
  /** Whether there ever was a scoped run; until then nobody asks about single ones. */
  anyScoped = false;
  /** Set by whoever has work to do while there are runs. */
  onFirst: () => void = () => {};

  readonly #active = new TraceIndex();
  /** Emitted runs that further emits may join, by label. */
  readonly #joinable = new Map<string, TraceRecord>();
  /** Those who wait for a result under a label, be it that of a run yet to begin. */
  readonly #waiting = new Map<string, Line<ResultWaiter<unknown>>>();
  /** Runs whose results are for those who name their trace id. Not a field of each run, which most do without. */
  readonly #scoped = new WeakSet<TraceRecord>();
  readonly #onEnd: (trace: TraceRecord) => void;

  /** @param onEnd - called when the last message of a run is gone, after the run was forgotten */
  constructor(onEnd: (trace: TraceRecord) => void) {
    this.#onEnd = onEnd;
  }

  get size(): number {
    return this.#active.size;
  }

  all(): IterableIterator<TraceRecord> {
    return this.#active.all();
  }

  /** The active runs of a label, the oldest first. */
  labelled(id: string, tenant: string): readonly TraceRecord[] {
    return this.#active.get(id).filter((trace) => trace.tenant === tenant);
  }

  /** Whether another tenant has a run of that id. */
  isOfOthers(id: string, tenant: string): boolean {
    return this.#active.get(id).some((trace) => trace.tenant !== tenant);
  }

  /**
   * Begins a run.
   *
   * @param id - made for it when left out
   */
  begin({ headers, deadline, meta, emittedMs }: FirstMessage, id?: string): TraceRecord {
    return this.#file(new TraceRecord(headers, deadline, meta, emittedMs, id));
  }

  /** `begin` with a message that has a payload and nothing else. Both are made here: docs/performance.md, "sizes". */
  beginFast(payload: unknown, emittedMs: number): Parcel {
    return new Parcel(payload, this.#file(new TraceRecord(PLAIN_HEADERS, undefined, NO_META, emittedMs)));
  }

  /** The active run of that label that was begun by `join`; begins one if there is none. */
  join(id: string, first: FirstMessage, isScoped = false): TraceRecord {
    const key = joinKeyOf(first.headers.tenant, id, isScoped);
    let trace = this.#joinable.get(key);
    if (trace === undefined) {
      trace = this.begin(first, id);
      this.#joinable.set(key, trace);
    }
    return trace;
  }

  /** Keeps what comes of a run for those who name its trace id. */
  scope(trace: TraceRecord): void {
    this.anyScoped = true;
    this.#scoped.add(trace);
  }

  isScoped(trace: TraceRecord): boolean {
    return this.anyScoped && this.#scoped.has(trace);
  }

  /** One message of the run is gone. */
  release(trace: TraceRecord): void {
    if (--trace.pending === 0) this.endIfEmpty(trace);
    else if (trace.locals !== undefined || trace.account !== undefined) this.onMove(trace);
  }

  /** One message of the run has come to its end, where nobody has taken it yet. */
  noteUntaken(trace: TraceRecord): void {
    trace.untaken++;
    if (trace.locals !== undefined || trace.account !== undefined) this.onMove(trace);
  }

  /** Such a message was taken, or thrown away; what else is under way, and whether that is anything, stays as it was. */
  releaseTaken(trace: TraceRecord): void {
    trace.untaken--;
    if (--trace.pending === 0) this.endIfEmpty(trace);
  }

  /** Ends a run now; what of it still lies somewhere is gone. */
  endNow(trace: TraceRecord): void {
    trace.pending = trace.untaken = trace.inflight = trace.retrying = 0;
    if (this.#active.has(trace)) this.#end(trace);
  }

  /** Whether further emits may join the run. */
  isJoinable(trace: TraceRecord): boolean {
    return (
      this.#joinable.size !== 0 && this.#joinable.get(joinKeyOf(trace.tenant, trace.id, this.isScoped(trace))) === trace
    );
  }

  /** No further emit joins the run. */
  closeToJoins(trace: TraceRecord): void {
    if (this.#joinable.size !== 0) this.#leaveJoinable(trace);
  }

  /** Ends a run of which nothing is left, if it has not ended. */
  endIfEmpty(trace: TraceRecord): void {
    if (trace.pending !== 0 || !this.#active.has(trace)) return;
    if (trace.locals === undefined || !isHeld(trace)) this.#end(trace);
    else this.onMove(trace);
  }

  /** Calls of `fetch` that wait for a result of a label. */
  get waitingFetches(): number {
    let waiting = 0;
    for (const { size } of this.#waiting.values()) waiting += size;
    return waiting;
  }

  /** Adds somebody who waits for a result of any emitted run of a label, be it one that is yet to begin. */
  wait(id: string, tenant: string, waiter: ResultWaiter<unknown>): void {
    const key = keyOf(tenant, id);
    let line = this.#waiting.get(key);
    if (line === undefined) {
      line = new Line();
      this.#waiting.set(key, line);
    }
    const waiting = line;
    waiting.push(waiter);
    waiter.onSettled(() => {
      if (waiting.size === 0 && this.#waiting.get(key) === waiting) this.#waiting.delete(key);
    });
  }

  /** The first in line for a result of an emitted run. */
  firstWaiter(trace: TraceRecord): ResultWaiter<unknown> | undefined {
    return this.#waiting.size === 0 ? undefined : this.#lineOf(trace)?.first;
  }

  /** Whether anybody waits for the run. */
  isAwaited(trace: TraceRecord): boolean {
    if (trace.owned) return trace.waiter !== undefined || trace.reader?.isOver === false;
    return this.firstWaiter(trace) !== undefined;
  }

  /**
   * Rejects whoever waits for a run; false when nobody did. Those who wait for its label are rejected all when no other run may still
   * answer them, else the first.
   */
  reject(trace: TraceRecord, error: FlowError): boolean {
    trace.span?.failed(error);
    if (trace.owned) {
      const waited = trace.waiter !== undefined || trace.reader?.isOver === false;
      if (trace.waiter !== undefined) rejectWaiter(trace.waiter, error);
      trace.waiter = undefined;
      trace.reader?.fail(error);
      return waited;
    }
    const line = this.#waiting.size === 0 ? undefined : this.#lineOf(trace);
    if (line === undefined) return false;
    const hasSibling = this.#hasSibling(trace);
    if (line.first !== undefined) rejectWaiter(line.first, error);
    // They have the same error, which leads to the first.
    if (!hasSibling) for (const waiter of line.members()) waiter.reject(error);
    return true;
  }

  /** The flow has stopped: everybody who still waits is rejected, everything is forgotten. */
  clear(error: FlowError): void {
    for (const trace of this.#active.all()) {
      this.reject(trace, error);
      trace.span?.end();
    }
    for (const line of [...this.#waiting.values()]) for (const waiter of line.members()) waiter.reject(error);
    this.#active.clear();
    this.#joinable.clear();
    this.#waiting.clear();
  }

  #lineOf(trace: TraceRecord): Line<ResultWaiter<unknown>> | undefined {
    return this.#waiting.get(keyOf(trace.tenant, trace.id));
  }

  /** Whether another emitted run of the same label is active. */
  #hasSibling(trace: TraceRecord): boolean {
    return this.#active.get(trace.id).some((other) => other !== trace && !other.owned && other.tenant === trace.tenant);
  }

  #file(trace: TraceRecord): TraceRecord {
    this.#active.add(trace);
    this.started++;
    if (this.asleep) this.#wake();
    return trace;
  }

  #wake(): void {
    this.asleep = false;
    this.onFirst();
  }

  #end(trace: TraceRecord): void {
    this.#active.delete(trace);
    this.closeToJoins(trace);
    if (trace.reader !== undefined) trace.reader.end();
    else if (trace.waiter !== undefined) this.#rejectCaller(trace);
    else if (this.#waiting.size !== 0 && !trace.owned && this.#lineOf(trace) !== undefined) {
      // Another run of the label may still answer.
      if (!this.#hasSibling(trace)) this.reject(trace, noResult(trace));
    }
    this.#onEnd(trace);
  }

  #rejectCaller(trace: TraceRecord): void {
    const error = noResult(trace);
    trace.account?.fail(error, false);
    this.reject(trace, error);
  }

  #leaveJoinable(trace: TraceRecord): void {
    const key = joinKeyOf(trace.tenant, trace.id, this.isScoped(trace));
    if (this.#joinable.get(key) === trace) this.#joinable.delete(key);
  }
}

/** Many end together with a cancel or a stop, and what their caller did is not what ended them. */
function rejectWaiter(waiter: ResultWaiter<unknown>, error: FlowError): void {
  if (error.code === 'TRACE_CANCELLED' || error.code === 'FLOW_STOPPED') waiter.reject(error);
  else waiter.fail(error);
}

function noResult(run: TraceRecord): FlowError {
  const { id, lastSlot } = run;
  const lack = lackOf(run);
  const { name, id: nodeId } = lack?.node ?? lastSlot?.host ?? {};
  const what = lack === undefined ? 'returned nothing' : `lacked ${lack.missing.join(', ')}`;
  const why = name === undefined ? '' : `: node "${name}" ${what}`;
  const message = `Trace ${id} ended without delivering a result${why}`;
  return withoutFrames(() => new FlowError('NO_RESULT', { message, traceId: id, nodeName: name, nodeId }));
}
