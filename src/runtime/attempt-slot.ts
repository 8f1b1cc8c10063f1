import { describeThrown, type FlowError } from '../errors/flow-error.js';
import { EVENT_BIT } from '../events/event-bus.js';
import { Message } from '../message/message.js';
import { backoffS } from '../policy/backoff.js';
import { retries } from '../policy/retry-decision.js';
import { WheelEntry } from '../policy/timer-wheel.js';
import type { AttemptSpan } from '../ports/flow-tracer.js';
import { AttemptContext } from './attempt-context.js';
import { needsScope, runInScope, sentBy } from './attempt-scope.js';
import { controllerStep } from './controller-step.js';
import { FailureParcel, Parcel } from './envelope.js';
import { publishAttempt } from './flow-events.js';
import { isThenable } from './is-thenable.js';
import { exceptionOf, tellFailure, tellNodeFailed, tellRetry, type FailedAttempt } from './attempt-failure.js';
import { emitEach, isPlain } from './node-result.js';
import { NOWHERE, type Outlet } from './outlet.js';
import { Departure, type Traveller } from './departure.js';
import type { SlotHost } from './slot-host.js';
import type { SlotState } from './slot-state.js';
import type { TraceRecord } from './trace-record.js';

const NODE_START = EVENT_BIT.node_start;
const NODE_SUCCESS = EVENT_BIT.node_success;

/**
 * One unit of a node's concurrency: takes a message through its attempts and hands the result on.
 *
 * The two promise callbacks are made once per slot, not per message. An attempt that is interrupted (timeout, cancel,
 * stop) leaves its slot dead, so that its late result meets nobody, and a fresh slot takes the place.
 */
export class AttemptSlot implements Traveller {
  state: SlotState = 'idle';
  /** Arrival number. */
  sequence = 0;
  /** Which of the node's inputs the message came through. */
  input = 0;
  attempt = 0;
  /** Start of the attempt on the monotonic scale; NaN while unknown. */
  since = Number.NaN;
  /** Index of the next free slot of the node, or -1; the worker's own field. */
  nextIdle = -1;
  /** The span of the attempt, or of the one that ended last; undefined while nobody traces. */
  span: AttemptSpan | undefined;

  readonly #host: SlotHost<AttemptSlot>;
  readonly #ok: (result: unknown) => void;
  readonly #failed: (error: unknown) => void;
  readonly #departure: Departure;
  #in: Parcel | undefined;
  #context: AttemptContext | undefined;
  #backoff: WheelEntry | undefined;

  /** @param index - its place among the slots of the node */
  constructor(
    host: SlotHost<AttemptSlot>,
    readonly index: number,
  ) {
    this.#host = host;
    this.#departure = new Departure(this, host.core.traces);
    const { runQueue } = host.core;
    this.#ok = (result) => {
      runQueue.enter();
      try {
        this.#onResult(result);
      } finally {
        runQueue.leave();
      }
    };
    this.#failed = (error) => {
      runQueue.enter();
      try {
        this.#onError(error);
      } finally {
        runQueue.leave();
      }
    };
  }

  /** The message it works on. */
  get parcel(): Parcel | undefined {
    return this.#in;
  }

  /** The result that waits for its turn. */
  get result(): Parcel | undefined {
    return this.#departure.parcel;
  }

  /** Where the message came from. */
  get source(): string {
    return this.#host.sourceOf(this.input);
  }

  get context(): AttemptContext | undefined {
    return this.#context;
  }

  /** Takes a message and makes the first attempt. */
  start(parcel: Parcel): void {
    this.#in = parcel;
    this.attempt = 0;
    parcel.envelope.trace.inflight++;
    this.#begin();
  }

  /** Takes a message whose deadline has passed, only to report it. */
  skip(parcel: Parcel): void {
    this.#in = parcel;
    this.state = 'backoff';
    parcel.envelope.trace.inflight++;
    const failure = this.#host.reportSkip(parcel);
    if (this.#in === parcel && this.state === 'backoff') this.#failTrace(parcel, failure);
  }

  /** Interrupts the running attempt because it took too long; the policy decides what follows. */
  expire(error: FlowError): void {
    const latencyMs = this.#latencyMs(this.#context);
    const fresh = this.#interrupt(error);
    fresh.#host.stats.timedOut++;
    fresh.#fail('node_timeout', error, latencyMs);
  }

  /**
   * Takes the message away from the node, whatever it is doing with it; true when an attempt was interrupted.
   * Not for a result that waits for room: that one is taken off its outlet's line, which calls `onDropped`.
   */
  drop(reason: FlowError): boolean {
    const { state } = this;
    const interrupted = state === 'running';
    const { trace } = (this.#in as Parcel).envelope;
    if (!interrupted) this.#endContext(reason);
    const owner = interrupted ? this.#interrupt(reason) : undefined;
    if (this.#backoff !== undefined) this.#host.core.wheel.cancel(this.#backoff);
    trace.inflight--;
    if (owner === undefined) this.#free();
    else owner.#free();
    this.#host.core.traces.release(trace);
    return interrupted || state === 'starting';
  }

  /** Hands the result on; called by the worker when it is this slot's turn. */
  leave(): void {
    const { parcel, outlets } = this.#departure;
    this.#deliver((this.#in as Parcel).envelope.trace, parcel, outlets);
  }

  departed(): void {
    this.#free();
  }

  #begin(): void {
    const host = this.#host;
    const parcel = this.#in as Parcel;
    const context = new AttemptContext(host, parcel, this.attempt, this.source, this.sequence);
    this.#context = context;
    if (parcel.envelope.trace.span !== undefined) this.span = AttemptContext.beginSpan(context, this.span);
    this.since = host.beginAttempt();
    if ((host.core.bus.mask & NODE_START) !== 0 && !this.#tellStart(parcel, context)) return;
    this.state = 'running';
    let result: unknown;
    try {
      result = needsScope(host.core, context)
        ? this.#processIn(context, parcel)
        : host.process.call(host.target, parcel.payload, context);
      host.core.runQueue.userCodeRan();
      if (result instanceof Promise) {
        result.then(this.#ok, this.#failed);
        return;
      }
    } catch (error) {
      this.#onError(error);
      return;
    }
    this.#onValue(result);
  }

  /** `process` returned something else than a promise of the platform. */
  #onValue(result: unknown): void {
    try {
      if (isThenable(result)) {
        Promise.resolve(result).then(this.#ok, this.#failed);
        return;
      }
    } catch (error) {
      this.#onError(error);
      return;
    }
    this.#onResult(result);
  }

  /** Publishes the start; false when a listener has cancelled the trace. */
  #tellStart(parcel: Parcel, context: AttemptContext): boolean {
    this.state = 'starting';
    publishAttempt(this.#host.core, 'node_start', this.#host, parcel, this, 0);
    return this.#context === context;
  }

  #onResult(result: unknown): void {
    if (this.state === 'dead') {
      this.#host.settledLate(this);
      return;
    }
    const host = this.#host;
    const input = this.#in as Parcel;
    let out: Parcel | undefined;
    let outlets = result === undefined ? NOWHERE : host.fixedOutlets;
    if (outlets === undefined || (result !== undefined && (this.span !== undefined || !isPlain(result)))) {
      // One that is looked at: the way out, or the attempt itself, depends on it.
      if (!this.#resolveOutlets(result, input)) return;
      out = this.#departure.parcel;
      outlets = this.#departure.outlets;
    } else if (result !== undefined) out = payloadParcel(result, input);
    host.stats.succeeded++;
    if (host.ordered || (host.core.bus.mask & NODE_SUCCESS) !== 0) {
      this.#departure.set(out, outlets);
      this.#leaveInTurn(input);
      return;
    }
    this.#endContext();
    this.#deliver(input.envelope.trace, out, outlets);
  }

  /** Tells who listens of the success, and hands the result on when the order of the node allows it. */
  #leaveInTurn(input: Parcel): void {
    const host = this.#host;
    this.state = 'turn';
    if ((host.core.bus.mask & NODE_SUCCESS) === 0) this.#endContext();
    else if (!this.#tellSuccess(input)) return;
    if (host.mayLeave(this)) this.leave();
  }

  /** Wraps a result and finds its outlets; false when the attempt goes on, has failed or was interrupted meanwhile. */
  #resolveOutlets(result: unknown, input: Parcel): boolean {
    const host = this.#host;
    try {
      let out: Parcel;
      let outlets: readonly Outlet[];
      if (isPlain(result)) {
        out = payloadParcel(result, input);
      } else if (Message.is(result)) {
        out = host.parcelOf(result, input);
      } else {
        this.#emitEach(result as AsyncIterable<unknown>, this.#context as AttemptContext);
        return false;
      }
      if (host.fixedOutlets !== undefined) outlets = host.fixedOutlets;
      else if (host.loop === undefined) outlets = host.route(out.payload);
      else [out, outlets] = controllerStep(host.loop, input, out);
      this.#departure.set(sentBy(this.span, out), outlets);
    } catch (error) {
      this.#onError(error);
      return false;
    }
    // A predicate may have cancelled the trace.
    return !this.#returnedLate();
  }

  #emitEach(values: AsyncIterable<unknown>, context: AttemptContext): void {
    runInScope(this.#host.core, context, () => emitEach(values, context)).then(this.#ok, this.#failed);
  }

  /** Publishes the success; false when a listener has cancelled the trace. */
  #tellSuccess(input: Parcel): boolean {
    const latencyMs = this.#latencyMs(this.#context);
    this.#endContext();
    publishAttempt(this.#host.core, 'node_success', this.#host, input, this, latencyMs);
    return this.#in === input && this.state === 'turn';
  }

  /** Apart from `#begin`, which would make room for these variables in each attempt. */
  #processIn(context: AttemptContext, parcel: Parcel): unknown {
    return runInScope(this.#host.core, context, () =>
      this.#host.process.call(this.#host.target, parcel.payload, context),
    );
  }

  /** True when the attempt was interrupted; its code has returned now. */
  #returnedLate(): boolean {
    if (this.state === 'dead') this.#host.settledLate(this);
    return this.state === 'dead';
  }

  #onError(error: unknown): void {
    this.#host.core.runQueue.userCodeRan();
    if (this.#returnedLate()) return;
    this.#fail('node_error', error, this.#latencyMs(this.#context));
  }

  #fail(type: 'node_error' | 'node_timeout', error: unknown, latencyMs: number | null): void {
    const host = this.#host;
    const input = this.#in as Parcel;
    const again = retries(host.policy, error, this.attempt);
    // `retryOn` may have cancelled the trace.
    if (this.#returnedLate() || this.#in !== input) return;
    const { attempt, span } = this;
    const failed = { input, error, exception: exceptionOf(host, error), attempt, span, latencyMs };
    span?.end(error ?? describeThrown(error));
    if (this.#context !== undefined) this.#endContext();
    this.state = 'backoff';
    tellFailure(host, type, failed, again);
    if (this.#in !== input || this.state !== 'backoff') return;
    if (again) {
      this.#retry(failed);
      return;
    }
    host.stats.failed++;
    const failure = tellNodeFailed(host, failed);
    if (this.#in !== input || this.state !== 'backoff') return;
    this.#failTrace(input, failure);
  }

  /** Tells who waits for the trace; the message ends here, or at the egress where failures are wanted as results. */
  #failTrace(input: Parcel, failure: FlowError): void {
    const outlets = this.#host.failTrace(input, failure);
    this.#departure.set(outlets.length === 0 ? undefined : new FailureParcel(failure, input.envelope), outlets);
    this.state = 'turn';
    if (this.#host.mayLeave(this)) this.leave();
  }

  #retry(failed: FailedAttempt): void {
    const host = this.#host;
    const { input } = failed;
    this.attempt++;
    host.stats.retried++;
    const sleepS = backoffS(host.policy, this.attempt);
    tellRetry(host, failed, sleepS);
    if (this.#in !== input || this.state !== 'backoff') return;
    this.#backoff ??= new WheelEntry(() => this.#again());
    const waitMs = Math.max(sleepS * 1000, host.throttleMs());
    if (waitMs > 0) {
      host.core.wheel.schedule(this.#backoff, waitMs);
      return;
    }
    const opened = host.core.runQueue.opened() ?? Promise.resolve();
    void opened.then(() => {
      // The message may be gone, and another one in its place.
      if (this.#in === input && this.state === 'backoff' && this.#backoff?.scheduled === false) this.#again();
    });
  }

  #again(): void {
    const { runQueue } = this.#host.core;
    runQueue.tick();
    runQueue.enter();
    try {
      this.#begin();
    } finally {
      runQueue.leave();
    }
  }

  /** Hands the result to its outlets; the slot is free once all have it. */
  #deliver(trace: TraceRecord, out: Parcel | undefined, outlets: readonly Outlet[]): void {
    trace.inflight--;
    if (out === undefined || this.#departure.offer(out, outlets)) this.#free();
    else this.state = 'leaving';
    this.#host.core.traces.release(trace);
  }

  /** Gives up on user code that runs: this slot is dead from here on, the one that is returned goes on. */
  #interrupt(reason: FlowError): AttemptSlot {
    this.#endContext(reason);
    this.state = 'dead';
    const fresh = this.#host.replace(this);
    fresh.#in = this.#in;
    fresh.attempt = this.attempt;
    fresh.sequence = this.sequence;
    fresh.input = this.input;
    fresh.span = this.span;
    fresh.state = 'backoff';
    this.#in = undefined;
    return fresh;
  }

  #endContext(reason?: FlowError): void {
    const context = this.#context;
    this.#context = undefined;
    if (context !== undefined) AttemptContext.end(context, reason);
  }

  #free(): void {
    this.#in = undefined;
    this.#departure.clear();
    if (this.span !== undefined) this.span = undefined;
    this.state = 'idle';
    this.#host.freed(this);
  }

  /** How long `process` ran, without its waits for room downstream; null while its start is unknown. */
  #latencyMs(context: AttemptContext | undefined): number | null {
    if (Number.isNaN(this.since)) return null;
    const blockedMs = context === undefined ? 0 : AttemptContext.blockedMs(context);
    return Math.max(0, this.#host.core.time.monotonic() - this.since - blockedMs);
  }
}

/** A payload in the envelope of what it came from. */
function payloadParcel(payload: unknown, input: Parcel): Parcel {
  return payload === input.payload ? input : new Parcel(payload, input.envelope);
}
