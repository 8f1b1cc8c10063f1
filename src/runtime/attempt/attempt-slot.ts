import { describeThrown, type FlowError } from '../../errors/flow-error.js';
import { EVENT_BIT, EVENT_INDEX } from '../../events/event-bus.js';
import { Message } from '../../message/message.js';
import { AttemptContext } from './attempt-context.js';
import { processInScope, runInScope, sentBy } from './attempt-scope.js';
import { payloadParcel, type Parcel } from '../trace/envelope.js';
import { CurrentAttempt, SlotState } from './current-attempt.js';
import { isNativePromise, isThenable, toPromise } from '../../message/is-thenable.js';
import { exceptionOf, publishFailure, publishNodeFailed, publishRetry, type FailedAttempt } from './attempt-failure.js';
import { NextAttempt } from './next-attempt.js';
import { emitEach, isPlain } from './node-result.js';
import { NOWHERE, type Outlet } from '../routing/outlet.js';
import { PendingResult } from './pending-result.js';
import { retryAnswer } from './retry-answer.js';
import { ATTEMPT_EVENTS, type AttemptHost } from './attempt-host.js';
import { failTrace } from '../core/trace-failure.js';
import type { TraceRecord } from '../trace/trace-record.js';

const { node_start: NODE_START, node_success: NODE_SUCCESS } = EVENT_BIT;
const NODE_START_INDEX = EVENT_INDEX.node_start;
const NODE_SUCCESS_INDEX = EVENT_INDEX.node_success;

/**
 * One unit of a node's concurrency: takes a message through its attempts and hands the result on.
 *
 * | state          | what happens                                     | next state                                                             |
 * | -------------- | ------------------------------------------------ | ---------------------------------------------------------------------- |
 * | `idle`         | `begin`: a message                               | `starting` where `node_start` has listeners, else `running`            |
 * |                | `begin`: its deadline has passed                 | `backoff`, then the failure of the trace                               |
 * |                | `defer`: a message that begins in a microtask    | `backoff`                                                              |
 * | `starting`     | the listeners have been told                     | `running`                                                              |
 * | `running`      | `process` gave a result: `#settle`               | `resequencing` if ordered or listened to, then `delivering`            |
 * |                | the same for the only outlet: `#settleFast`      | `resequencing` if listened to; `idle` (`next` has it), or `delivering` |
 * |                | `process` threw: `#fail`                         | `backoff`                                                              |
 * |                | `expire`, `drop`: `#interrupt`                   | `dead`; a fresh slot goes on in `backoff` or `idle`                    |
 * | `backoff`      | the wait is over: `begin`                        | as from `idle`                                                         |
 * |                | no retry is left: `#failTrace`                   | `resequencing`                                                         |
 * | `resequencing` | earlier messages have left: `release`            | `delivering`                                                           |
 * | `delivering`   | it left through every outlet, or off their lines | `idle`                                                                 |
 * | `dead`         | its code returns                                 | stays `dead`: its result meets nobody                                  |
 *
 * `drop` takes the message away in every state but `delivering`, where the outlet's line has it, and `dead`. Whenever user
 * code has run (a listener, `retryOn`, a getter) the message may be gone: `isIn` asks.
 */
export class AttemptSlot extends CurrentAttempt {
  readonly #ok: (result: unknown) => void;
  readonly #failed: (error: unknown) => void;
  readonly #pendingResult: PendingResult;
  readonly #next: NextAttempt;

  /**
   * @param host - the node it belongs to
   * @param index - its place among the slots of the node
   * @param before - the one whose place it takes, which is dead from here on
   */
  constructor(
    readonly host: AttemptHost,
    readonly index: number,
    before?: AttemptSlot,
  ) {
    super();
    const { runQueue, traces } = host.core;
    this.#pendingResult = before === undefined ? new PendingResult(traces, this) : before.#pendingResult;
    this.#next = before === undefined ? new NextAttempt(this, host.core) : before.#next;
    this.#pendingResult.owner = this.#next.slot = this;
    this.#ok = (result) => {
      runQueue.enter();
      try {
        if (!this.#settleFast(result)) this.#settle(result);
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

  /** The result that waits for its turn. */
  get result(): Parcel | undefined {
    return this.#pendingResult.parcel;
  }

  /** Takes a message whose deadline has passed, only to report it. */
  #skip(context: AttemptContext, parcel: Parcel): void {
    AttemptContext.end(context);
    this.state = SlotState.backoff;
    const failure = this.host.reportSkip(parcel);
    if (this.isIn(context, SlotState.backoff)) this.#failTrace(parcel, failure);
  }

  /** Interrupts the running attempt because it took too long; the policy decides what follows. */
  expire(error: FlowError): void {
    const context = this.context as AttemptContext;
    const latencyMs = this.latencyMs(this.host.core.time);
    const fresh = this.#interrupt(context, error);
    if (fresh.context !== context) return;
    this.host.stats.timedOut++;
    fresh.#fail('node_timeout', error, latencyMs);
  }

  /**
   * Takes the message away from the node, whatever it is doing with it; true when an attempt was, or a wait for the next.
   * Not for a result that waits for room: that one is taken off its outlet's line, which calls `onDropped`.
   */
  drop(reason: FlowError): boolean {
    const { state } = this;
    const interrupted = state === SlotState.running;
    const context = this.context as AttemptContext;
    const waited = this.#next.cancel();
    const owner = interrupted ? this.#interrupt(context, reason) : this;
    if (!interrupted) AttemptContext.end(context, reason);
    // What listens to the signal may have dropped it already.
    if (owner.context === context) owner.#drop(AttemptContext.parcel(context).envelope.trace);
    return waited || interrupted || state === SlotState.starting;
  }

  #drop(trace: TraceRecord): void {
    trace.inflight--;
    this.free();
    this.host.core.traces.release(trace);
  }

  /** Hands the result on; called by the worker when it is this slot's turn. */
  release(): void {
    const { parcel, outlets } = this.#pendingResult;
    this.#deliver((this.parcel as Parcel).envelope.trace, parcel, outlets);
  }

  /** Takes a message, which is in flight by now, for a first attempt that begins in a microtask. */
  defer(parcel: Parcel, input: number, delivery: number): void {
    const first = parcel.envelope.trace.reader?.firstAttemptOf?.(parcel) ?? 0;
    this.context = new AttemptContext(this.host, parcel, first - 1, input, delivery);
    parcel.envelope.trace.lastSlot = this;
    this.state = SlotState.backoff;
    this.#next.after(this.context, 0);
  }

  /** Makes an attempt with a message, which is in flight by now. All in one: docs/performance.md, "frames" and "sizes". */
  begin(parcel: Parcel, attempt: number, input: number, delivery: number): void {
    const host = this.host;
    const { core } = host;
    const context = new AttemptContext(host, parcel, attempt, input, delivery);
    this.context = context;
    parcel.envelope.trace.lastSlot = this;
    if (parcel.envelope.deadline !== undefined && parcel.envelope.deadline.hasPassed(core.clock)) {
      this.#skip(context, parcel);
      return;
    }
    let noted = host.timeouts.noted || (core.bus.mask & ATTEMPT_EVENTS) !== 0;
    this.since = Number.NaN;
    if (noted) {
      if (parcel.envelope.trace.span !== undefined) this.span = AttemptContext.beginSpan(context, this.span);
      if ((core.bus.mask & NODE_START) !== 0) {
        this.state = SlotState.starting;
        const { payload, envelope } = parcel;
        host.events.publishFast('node_start', NODE_START_INDEX, envelope, attempt, 0, this.span, payload);
        // A listener may have cancelled the trace.
        if (this.context !== context) return;
      }
      this.since = host.beginAttempt(parcel.envelope.trace, attempt);
    }
    this.state = SlotState.running;
    this.inSync = true;
    let result: unknown;
    try {
      result =
        this.span === undefined && core.correlation() === undefined
          ? host.process.call(host.target, parcel.payload, context)
          : processInScope(host, context, parcel);
      this.inSync = false;
      if (noted) noted = host.timeouts.returned(this, context);
      if (isNativePromise(result)) {
        result.then(this.#ok, this.#failed);
        return;
      }
    } catch (error) {
      if (noted) host.timeouts.returned(this, context);
      this.#onError(error);
      return;
    }
    this.#onValue(result);
  }

  /**
   * `#settle` for a result with which nothing is to be done but to publish it and to hand it to the only outlet; false for
   * every other one. With all that it calls it has to fit into 920 bytes of bytecode: docs/performance.md, "sizes".
   */
  #settleFast(result: unknown): boolean {
    const host = this.host;
    if (host.exit === undefined || result === undefined || this.span !== undefined || !isPlain(result)) return false;
    // Last, because a look at a proxy may run code that cancels the trace.
    if (this.state !== SlotState.running) return false;
    const context = this.context as AttemptContext;
    const input = AttemptContext.parcel(context);
    const out = payloadParcel(result, input);
    host.stats.succeeded++;
    if ((host.core.bus.mask & NODE_SUCCESS) === 0) AttemptContext.endFast(context);
    else if (!this.#publishBefore(out, context, input)) return true;
    // From here on the result takes the place of the message among those that the trace counts.
    const { next } = host;
    if (next !== undefined && next.isReady()) {
      this.context = undefined;
      this.state = SlotState.idle;
      host.freedFast(this);
      next.launch(out, host.nextInput);
    } else this.#deliverToExit(out);
    return true;
  }

  /** Publishes a success before the result is handed on; false when a listener has cancelled the trace. */
  #publishBefore(out: Parcel, context: AttemptContext, input: Parcel): boolean {
    this.state = SlotState.resequencing;
    // Where a deadline finds it that passes meanwhile; its outlet is known, and asked for when it leaves.
    this.#pendingResult.parcel = out;
    const goesOn = this.#publishSuccess(context, input);
    if (goesOn) this.#pendingResult.clear();
    return goesOn;
  }

  #deliverToExit(out: Parcel): void {
    const host = this.host;
    this.state = SlotState.delivering;
    out.envelope.trace.inflight--;
    if ((host.exit as Outlet).offer(out)) this.free();
    else this.#pendingResult.wait(out, host.fixedOutlets as readonly Outlet[], 0);
  }

  /** `process` returned something else than a promise of the platform. */
  #onValue(result: unknown): void {
    try {
      if (isThenable(result)) {
        toPromise(result).then(this.#ok, this.#failed);
        return;
      }
    } catch (error) {
      this.#onError(error);
      return;
    }
    this.#settle(result);
  }

  /** The attempt has a result. */
  #settle(result: unknown): void {
    if (this.#returnedLate()) return;
    const host = this.host;
    const context = this.context as AttemptContext;
    const input = AttemptContext.parcel(context);
    let out: Parcel | undefined;
    let outlets = result === undefined ? NOWHERE : host.fixedOutlets;
    if (outlets === undefined || (result !== undefined && (this.span !== undefined || !isPlain(result)))) {
      // One that is looked at: the way out, or the attempt itself, depends on it.
      if (!this.#resolveOutlets(result, context)) return;
      out = this.#pendingResult.parcel;
      outlets = this.#pendingResult.outlets;
    } else {
      // A look at a proxy may have cancelled the trace.
      if (this.#returnedLate()) return;
      if (result !== undefined) out = payloadParcel(result, input);
    }
    host.stats.succeeded++;
    if (host.ordered || (host.core.bus.mask & NODE_SUCCESS) !== 0) {
      this.#pendingResult.set(out, outlets);
      this.#settleInSequence(context, input);
      return;
    }
    AttemptContext.end(context);
    this.#deliver(input.envelope.trace, out, outlets);
  }

  /** Publishes the success, and hands the result on when the order of the node allows it. */
  #settleInSequence(context: AttemptContext, input: Parcel): void {
    const host = this.host;
    this.state = SlotState.resequencing;
    if ((host.core.bus.mask & NODE_SUCCESS) === 0) AttemptContext.end(context);
    else if (!this.#publishSuccess(context, input)) return;
    if (host.mayRelease(this)) this.release();
  }

  /** Wraps a result and finds its outlets; false when the attempt goes on, has failed or was interrupted meanwhile. */
  #resolveOutlets(result: unknown, context: AttemptContext): boolean {
    try {
      if (!isPlain(result) && !Message.is(result)) {
        const { core, emits } = this.host;
        const values = result as AsyncIterable<unknown>;
        runInScope(core, context, () => emitEach(emits, values, context)).then(this.#ok, this.#failed);
        return false;
      }
      const [out, outlets] = this.host.emits.route(result, context);
      this.#pendingResult.set(sentBy(this.host, context, out, outlets), outlets);
    } catch (error) {
      this.#onError(error);
      return false;
    }
    // A predicate may have cancelled the trace.
    return !this.#returnedLate();
  }

  /** False when a listener has cancelled the trace. */
  #publishSuccess(context: AttemptContext, input: Parcel): boolean {
    const { core, events } = this.host;
    const latencyMs = this.latencyMs(core.time);
    AttemptContext.end(context);
    const { payload, envelope } = input;
    events.publishFast('node_success', NODE_SUCCESS_INDEX, envelope, context.attempt, latencyMs, this.span, payload);
    return this.isIn(context, SlotState.resequencing);
  }

  /** True when the attempt was interrupted; its code has returned now. */
  #returnedLate(): boolean {
    if (this.state === SlotState.dead) this.host.settledLate(this);
    return this.state === SlotState.dead;
  }

  #onError(error: unknown): void {
    this.host.core.runQueue.userCodeRan();
    if (this.#returnedLate()) return;
    this.#fail('node_error', error, this.latencyMs(this.host.core.time));
  }

  #fail(type: 'node_error' | 'node_timeout', error: unknown, latencyMs: number | null): void {
    const host = this.host;
    const context = this.context as AttemptContext;
    const input = AttemptContext.parcel(context);
    const { sleepS, isSpent } = retryAnswer(host, context, error);
    // `retryOn` may have cancelled the trace.
    if (this.#returnedLate() || this.context !== context) return;
    if (type === 'node_error') host.deferredStart.noteFailure();
    const { span } = this;
    const exception = exceptionOf(host, error);
    const failed = { input, error, exception, attempt: context.attempt, span, latencyMs, sleepS, isSpent };
    span?.end(error ?? describeThrown(error), host.core.time.nowMs());
    AttemptContext.end(context);
    this.state = SlotState.backoff;
    publishFailure(host, type, failed);
    if (!this.isIn(context, SlotState.backoff)) return;
    if (sleepS !== undefined) return this.#retry(failed, context);
    host.stats.failed++;
    const failure = publishNodeFailed(host, failed);
    if (this.isIn(context, SlotState.backoff)) this.#failTrace(input, failure);
  }

  /** Tells those who wait for the trace; the message ends here. */
  #failTrace(input: Parcel, failure: FlowError): void {
    failTrace(this.host.core, input.envelope, failure);
    if (this.context === undefined) return; // the message ended with the rest of the run
    this.#pendingResult.clear();
    this.state = SlotState.resequencing;
    if (this.host.mayRelease(this)) this.release();
  }

  #retry(failed: FailedAttempt, context: AttemptContext): void {
    const host = this.host;
    host.stats.retried++;
    publishRetry(host, failed);
    if (!this.isIn(context, SlotState.backoff)) return;
    this.#next.after(context, Math.max((failed.sleepS as number) * 1000, host.throttleMs()));
  }

  /** Hands the result to its outlets, free once all have it; code of the result that runs meanwhile cannot interrupt. */
  #deliver(trace: TraceRecord, out: Parcel | undefined, outlets: readonly Outlet[]): void {
    this.state = SlotState.delivering;
    trace.inflight--;
    if (out === undefined || this.#pendingResult.offer(out, outlets)) this.free();
    this.host.core.traces.release(trace);
  }

  /** Gives up on user code that runs: this slot is dead from here on, the one that is returned goes on. */
  #interrupt(context: AttemptContext, reason: FlowError): AttemptSlot {
    this.state = SlotState.dead;
    const fresh = this.host.replace(this);
    fresh.context = context;
    AttemptContext.parcel(context).envelope.trace.lastSlot = fresh;
    fresh.span = this.span;
    // Nobody has told of its end yet: if user code that listens to its signal cancels the trace, that is its end.
    fresh.state = SlotState.starting;
    this.context = undefined;
    AttemptContext.end(context, reason);
    if (fresh.context === context) fresh.state = SlotState.backoff;
    return fresh;
  }

  /** Lets go of its message: it may take the next. */
  free(): void {
    const { delivery } = this.context as AttemptContext;
    this.context = undefined;
    this.#pendingResult.clear();
    if (this.span !== undefined) this.span = undefined;
    this.state = SlotState.idle;
    this.host.freed(this, delivery);
  }
}
