import { describeThrown, type FlowError } from '../errors/flow-error.js';
import { EVENT_BIT } from '../events/event-bus.js';
import { Message } from '../message/message.js';
import { backoffS } from '../policy/backoff.js';
import { retries } from '../policy/retry-decision.js';
import { WheelEntry } from '../policy/timer-wheel.js';
import type { AttemptSpan } from '../ports/flow-tracer.js';
import type { WaitingPut } from '../queue/floe.js';
import { AttemptContext } from './attempt-context.js';
import { needsScope, runInScope, sentBy } from './attempt-scope.js';
import { controllerStep } from './controller-step.js';
import { FailureParcel, Parcel } from './envelope.js';
import { publish, publishAttempt } from './flow-events.js';
import { isThenable } from './is-thenable.js';
import { nodeFailure } from './node-failure.js';
import { emitEach, isAsyncIterable } from './node-result.js';
import { NOWHERE, type Outlet } from './outlet.js';
import type { SlotHost } from './slot-host.js';
import type { SlotState } from './slot-state.js';

/** Events that say what was thrown; for nobody else it is put into words. */
const FAILURE_EVENTS = EVENT_BIT.node_error | EVENT_BIT.node_timeout | EVENT_BIT.node_retry | EVENT_BIT.node_failed;

/**
 * One unit of a node's concurrency: takes a message through its attempts and hands the result on.
 *
 * The two promise callbacks are made once per slot, not per message. An attempt that is interrupted (timeout, cancel,
 * stop) leaves its slot dead, so that its late result meets nobody, and a fresh slot takes the place.
 */
export class AttemptSlot implements WaitingPut<Parcel> {
  state: SlotState = 'idle';
  /** Arrival number. */
  sequence = 0;
  /** Where the message came from. */
  source = '';
  attempt = 0;
  /** Start of the attempt on the monotonic scale; NaN while unknown. */
  since = Number.NaN;
  /** The next free slot of the node; the worker's own field. */
  nextIdle: AttemptSlot | undefined;
  /** The span of the attempt, or of the one that ended last; undefined while nobody traces. */
  span: AttemptSpan | undefined;

  readonly #host: SlotHost<AttemptSlot>;
  readonly #ok: (result: unknown) => void;
  readonly #failed: (error: unknown) => void;
  #in: Parcel | undefined;
  #out: Parcel | undefined;
  #outlets: readonly Outlet[] = [];
  #at = 0;
  #context: AttemptContext | undefined;
  #backoff: WheelEntry | undefined;

  constructor(host: SlotHost<AttemptSlot>) {
    this.#host = host;
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

  /** The result that waits for room or for its turn. */
  get item(): Parcel {
    return this.#out as Parcel;
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
    const { trace } = (this.#in as Parcel).envelope;
    this.state = 'leaving';
    this.#at = 0;
    this.#offer();
    trace.inflight--;
    if (this.#at === this.#outlets.length) this.#free();
    this.#host.core.traces.release(trace);
  }

  onAdmitted(): void {
    this.#at++;
    this.#offer();
    if (this.#at === this.#outlets.length) this.#free();
  }

  onDropped(): void {
    const waiting = this.#out as Parcel;
    this.#free();
    this.#host.core.traces.release(waiting.envelope.trace);
  }

  #begin(): void {
    const host = this.#host;
    const parcel = this.#in as Parcel;
    const context = new AttemptContext(host, parcel, this.attempt, this);
    this.#context = context;
    this.span = AttemptContext.span(context);
    this.state = 'starting';
    this.since = host.beginAttempt();
    if ((host.core.bus.mask & EVENT_BIT.node_start) !== 0 && !this.#tellStart(parcel, context)) return;
    this.state = 'running';
    let result: unknown;
    try {
      result = needsScope(host.core, context)
        ? this.#processIn(context, parcel)
        : host.target.process(parcel.payload, context);
      host.core.runQueue.userCodeRan();
      if (result instanceof Promise) {
        result.then(this.#ok, this.#failed);
        return;
      }
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
    publishAttempt(this.#host.core, 'node_start', this.#host, parcel, this, 0);
    return this.#context === context;
  }

  #onResult(result: unknown): void {
    if (this.#returnedLate()) return;
    const host = this.#host;
    const input = this.#in as Parcel;
    if (result === undefined) {
      this.#out = undefined;
      this.#outlets = NOWHERE;
    } else if (!this.#resolveOutlets(result, input)) return;
    host.stats.succeeded++;
    this.state = 'turn';
    if ((host.core.bus.mask & EVENT_BIT.node_success) === 0) this.#endContext();
    else if (!this.#tellSuccess(input)) return;
    if (host.mayLeave(this)) this.leave();
  }

  /** Wraps a result and finds its outlets; false when the attempt goes on, has failed or was interrupted meanwhile. */
  #resolveOutlets(result: unknown, input: Parcel): boolean {
    const host = this.#host;
    try {
      const isObject = typeof result === 'object' && result !== null;
      if (isObject && Message.is(result)) {
        this.#out = host.parcelOf(result, input);
      } else if (isObject && isAsyncIterable(result)) {
        this.#emitEach(result, this.#context as AttemptContext);
        return false;
      } else {
        this.#out = result === input.payload ? input : new Parcel(result, input.envelope);
      }
      if (host.fixedOutlets !== undefined) this.#outlets = host.fixedOutlets;
      else if (host.loop === undefined) this.#outlets = host.route(this.#out.payload);
      else [this.#out, this.#outlets] = controllerStep(host.loop, input, this.#out);
      if (this.span !== undefined) this.#out = sentBy(this.span, this.#out);
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
    return runInScope(this.#host.core, context, () => this.#host.target.process(parcel.payload, context));
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
    const { trace } = input.envelope;
    const again = retries(host.policy, error, this.attempt);
    // `retryOn` may have cancelled the trace.
    if (this.#returnedLate() || this.#in !== input) return;
    const exception = (host.core.bus.mask & FAILURE_EVENTS) === 0 ? '' : describeThrown(error);
    const { attempt, span } = this;
    span?.end(error ?? describeThrown(error));
    if (this.#context !== undefined) this.#endContext();
    this.state = 'backoff';
    publish(host.core, type, host, trace, {
      attempt,
      latencyMs,
      extra: again ? { exception, will_retry: true } : { exception },
      error,
      span,
      payload: input.payload,
    });
    if (this.#in !== input || this.state !== 'backoff') return;
    if (again) {
      this.#retry(exception);
      return;
    }
    host.stats.failed++;
    const failure = nodeFailure(host, trace, error, { attempt, latencyMs });
    publish(host.core, 'node_failed', host, trace, {
      attempt,
      latencyMs,
      extra: { exception, flow_error: failure.toPayload() },
      error: failure,
      span,
      payload: input.payload,
    });
    if (this.#in !== input || this.state !== 'backoff') return;
    this.#failTrace(input, failure);
  }

  /** Tells who waits for the trace; the message ends here, or at the egress where failures are wanted as results. */
  #failTrace(input: Parcel, failure: FlowError): void {
    this.#outlets = this.#host.failTrace(input, failure);
    this.#out = this.#outlets.length === 0 ? undefined : new FailureParcel(failure, input.envelope);
    this.state = 'turn';
    if (this.#host.mayLeave(this)) this.leave();
  }

  #retry(exception: string): void {
    const host = this.#host;
    const input = this.#in as Parcel;
    this.attempt++;
    host.stats.retried++;
    const sleepS = backoffS(host.policy, this.attempt);
    publish(host.core, 'node_retry', host, input.envelope.trace, {
      attempt: this.attempt,
      extra: { sleep_s: sleepS, exception },
      span: this.span,
      payload: input.payload,
    });
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

  #offer(): void {
    const outlets = this.#outlets;
    const parcel = this.#out as Parcel;
    while (this.#at < outlets.length) {
      parcel.envelope.trace.pending++;
      const outlet = outlets[this.#at] as Outlet;
      if (!outlet.offer(parcel)) {
        outlet.park(this);
        return;
      }
      this.#at++;
    }
  }

  /** Gives up on user code that runs: this slot is dead from here on, the one that is returned goes on. */
  #interrupt(reason: FlowError): AttemptSlot {
    this.#endContext(reason);
    this.state = 'dead';
    const fresh = this.#host.replace(this);
    fresh.#in = this.#in;
    fresh.attempt = this.attempt;
    fresh.sequence = this.sequence;
    fresh.source = this.source;
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
    this.#out = undefined;
    this.span = undefined;
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
