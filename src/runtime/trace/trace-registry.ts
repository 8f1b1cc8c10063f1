import { FlowError } from '../../errors/flow-error.js';
import { NO_META, PLAIN_HEADERS } from '../../message/headers.js';
import { isHeld } from '../../trace-local/trace-local.js';
import type { EnvelopeFacts } from './envelope-facts.js';
import { Parcel } from './envelope.js';
import type { ResultWaiter } from './result-waiter.js';
import { TraceIndex } from './trace-index.js';
import { TraceRecord } from './trace-record.js';

/** What a trace takes from the message that begins it. */
type FirstMessage = Pick<EnvelopeFacts, 'headers' | 'deadlineS' | 'meta' | 'emittedMs'>;

/** Failures that nobody waited for and that a `fetch` which comes late may still ask for. */
const REMEMBERED_FAILURES = 256;

/** A failure that nobody waited for. */
interface RememberedFailure {
  readonly error: FlowError;
  /** Results that came before it, since the flow began. */
  readonly after: number;
}

/**
 * The active traces of a flow.
 *
 * A trace comes into being with its first message and is forgotten with its last. What is left of a failed one that
 * nobody waited for is its error, in a list of bounded length, so that `emit` followed by `fetch({ traceId })` does not
 * hang when the node failed in between.
 */
export class TraceRegistry {
  /** Failures that nobody waited for. */
  unclaimedFailures = 0;
  /** Traces that began, and those of them that were cancelled. */
  started = 0;
  cancelled = 0;

  readonly #active = new TraceIndex();
  readonly #early = new Map<string, ResultWaiter<unknown>[]>();
  readonly #remembered = new Map<string, RememberedFailure>();
  readonly #onEnd: (trace: TraceRecord) => void;

  /** @param onEnd - called when the last message of a trace is gone, after the trace was forgotten */
  constructor(onEnd: (trace: TraceRecord) => void) {
    this.#onEnd = onEnd;
  }

  get size(): number {
    return this.#active.size;
  }

  get(id: string): TraceRecord | undefined {
    return this.#active.get(id);
  }

  all(): IterableIterator<TraceRecord> {
    return this.#active.all();
  }

  /**
   * Begins a trace.
   *
   * @param id - made for it when left out; nobody can have asked for that one before
   */
  begin({ headers, deadlineS, meta, emittedMs }: FirstMessage, id?: string): TraceRecord {
    return this.#file(new TraceRecord(headers, deadlineS, meta, emittedMs, id));
  }

  /** `begin` with a message that has a payload and nothing else. Both are made here: docs/performance.md, "sizes". */
  beginFast(payload: unknown, emittedMs: number): Parcel {
    return new Parcel(payload, this.#file(new TraceRecord(PLAIN_HEADERS, undefined, NO_META, emittedMs)));
  }

  /** The active trace of that id; begins one if there is none, with those who wait for it already. */
  open(id: string, first: FirstMessage): TraceRecord {
    let trace = this.#active.get(id);
    if (trace === undefined) {
      trace = this.begin(first, id);
      if (this.#remembered.size !== 0) this.#remembered.delete(id);
      if (this.#early.size !== 0) {
        trace.waiters = this.#early.get(id);
        this.#early.delete(id);
      }
    }
    return trace;
  }

  /** One message of the trace is gone. */
  release(trace: TraceRecord): void {
    if (--trace.pending === 0) this.endIfEmpty(trace);
  }

  /** Ends a trace of which nothing is left, if it has not ended. */
  endIfEmpty(trace: TraceRecord): void {
    if (trace.pending !== 0 || !this.#active.has(trace)) return;
    // What a node keeps of a call's trace will never be complete: nobody adds to it.
    if (trace.locals === undefined || trace.owned || !isHeld(trace)) this.#end(trace);
  }

  /** Adds somebody who waits for a result, to the active trace or to the next of that id. */
  wait(id: string, waiter: ResultWaiter<unknown>): void {
    const trace = this.#active.get(id);
    if (trace !== undefined) {
      this.waitFor(trace, waiter);
      return;
    }
    const early = this.#early.get(id) ?? [];
    this.#early.set(id, early);
    early.push(waiter);
    waiter.line = early;
    waiter.onSettled(() => {
      if (early.length === 0 && this.#early.get(id) === early) this.#early.delete(id);
    });
  }

  /** Adds somebody who waits for a result of an active trace. */
  waitFor(trace: TraceRecord, waiter: ResultWaiter<unknown>): void {
    if (trace.waiters === undefined) trace.waiters = [waiter];
    else trace.waiters.push(waiter);
    waiter.line = trace.waiters;
  }

  /** Rejects everybody who waits for the trace; false when nobody did. */
  reject(trace: TraceRecord, error: FlowError): boolean {
    trace.span?.failed(error);
    const waiters = trace.waiters?.splice(0) ?? [];
    for (const waiter of waiters) waiter.reject(error);
    trace.reader?.fail(error);
    return waiters.length !== 0 || trace.reader !== undefined;
  }

  /**
   * Keeps a failure for a `fetch` that comes late.
   *
   * @param after - how many results came before it, since the flow began
   */
  remember(id: string, error: FlowError, after: number): void {
    this.unclaimedFailures++;
    this.#remembered.delete(id);
    this.#remembered.set(id, { error, after });
    if (this.#remembered.size > REMEMBERED_FAILURES) {
      for (const oldest of this.#remembered.keys()) {
        this.#remembered.delete(oldest);
        break;
      }
    }
  }

  /** Takes the failure that was kept for this trace, if any. */
  recall(id: string): FlowError | undefined {
    const error = this.#remembered.get(id)?.error;
    if (error !== undefined) this.#remembered.delete(id);
    return error;
  }

  /**
   * Takes the oldest failure that was kept, if it is its turn.
   *
   * @param taken - how many results have been taken, since the flow began; what came before the failure is to go first
   */
  recallOldest(taken: number): FlowError | undefined {
    for (const [id, { after }] of this.#remembered) return after <= taken ? this.recall(id) : undefined;
    return undefined;
  }

  /** The flow has stopped: everybody who still waits is rejected, everything is forgotten. */
  clear(error: FlowError): void {
    for (const trace of this.#active.all()) {
      this.reject(trace, error);
      trace.span?.end();
    }
    for (const early of [...this.#early.values()]) for (const waiter of early.splice(0)) waiter.reject(error);
    this.#active.clear();
    this.#early.clear();
    this.#remembered.clear();
  }

  #file(trace: TraceRecord): TraceRecord {
    this.#active.add(trace);
    this.started++;
    return trace;
  }

  #end(trace: TraceRecord): void {
    this.#active.delete(trace);
    trace.reader?.end();
    if (trace.waiters !== undefined && trace.waiters.length !== 0) {
      this.reject(
        trace,
        new FlowError('NO_RESULT', {
          message: `Trace ${trace.id} ended without delivering a result`,
          traceId: trace.id,
        }),
      );
    }
    this.#onEnd(trace);
  }
}
