import { FlowError } from '../errors/flow-error.js';
import { newTraceId } from '../message/trace-id.js';
import { WheelEntry } from '../policy/timer-wheel.js';
import { cancelTrace } from './cancel-trace.js';
import {
  abortedError,
  envelopeFacts,
  type EmitOptions,
  type EnvelopeFacts,
  type FetchOptions,
} from './emit-options.js';
import { Envelope, Parcel } from './envelope.js';
import type { FlowEngine } from './flow-engine.js';
import { stoppedError } from './halt-flow.js';
import { ResultWaiter, type Delivered } from './result-waiter.js';
import type { TraceRecord } from './trace-record.js';
import { TraceTurns } from './trace-turns.js';

/** What goes in and comes out of a running flow: emit, fetch and call. */
export class FlowTraffic {
  readonly #engine: FlowEngine;
  readonly #turns = new TraceTurns();
  #stopped = false;

  constructor(engine: FlowEngine) {
    this.#engine = engine;
    engine.onTraceEnd = (trace) => {
      if (trace.owned) this.#turns.release(trace.id);
    };
  }

  /** Resolves with the trace id when there was room. */
  emit(input: unknown, options: EmitOptions | undefined): Promise<string> {
    const { core, ingress } = this.#engine;
    const floes = ingress.targets(options?.to);
    const signal = options?.signal;
    const facts = envelopeFacts(input, options, core.clock.now());
    const traceId = facts.traceId ?? newTraceId();
    if (signal?.aborted === true) throw abortedError(`emit() of flow "${core.plan.flowName}"`, signal, traceId);
    this.#refuseLate(facts, traceId);
    const trace = this.#open(facts, traceId);
    const waiting = ingress.put(this.#parcel(facts, trace), floes);
    if (waiting === undefined) {
      const opened = core.runQueue.opened();
      return opened === undefined ? Promise.resolve(traceId) : opened.then(() => traceId);
    }
    if (signal !== undefined) {
      const abort = (): void =>
        waiting.abandon(abortedError(`emit() of flow "${core.plan.flowName}"`, signal, traceId));
      signal.addEventListener('abort', abort, { once: true });
      waiting.onSettled(() => signal.removeEventListener('abort', abort));
    }
    return waiting.done.then(() => traceId);
  }

  tryEmit(input: unknown, options: EmitOptions | undefined): boolean {
    const { core, ingress } = this.#engine;
    const floes = ingress.targets(options?.to);
    if (!floes.every((floe) => floe.hasRoom)) return false;
    const facts = envelopeFacts(input, options, core.clock.now());
    const traceId = facts.traceId ?? newTraceId();
    this.#refuseLate(facts, traceId);
    ingress.put(this.#parcel(facts, this.#open(facts, traceId)), floes);
    return true;
  }

  async call(input: unknown, options: EmitOptions | undefined): Promise<Delivered> {
    const { core, ingress } = this.#engine;
    const { clock, plan, traces } = core;
    ingress.targets(options?.to);
    const signal = options?.signal;
    const facts = envelopeFacts(input, options, clock.now());
    const traceId = facts.traceId ?? newTraceId();
    const what = `call() of flow "${plan.flowName}"`;
    if (signal?.aborted === true) throw abortedError(what, signal, traceId);
    this.#refuseLate(facts, traceId);
    if (facts.traceId !== undefined) await this.#turn(facts, traceId, what, signal);
    const waiter = new ResultWaiter();
    const trace = this.#open(facts, traceId);
    trace.owned = true;
    traces.wait(traceId, waiter);
    if (signal !== undefined) this.#cancelOnAbort(trace, waiter, signal, what);
    const waiting = ingress.put(this.#parcel(facts, trace), ingress.targets(options?.to));
    waiting?.done.catch((error: unknown) => waiter.reject(error));
    return waiter.promise;
  }

  async fetch(options: FetchOptions): Promise<Delivered> {
    const { core } = this.#engine;
    const { rookery, traces, wheel, plan } = core;
    const { traceId, timeoutS, signal } = options;
    const what = `fetch() of flow "${plan.flowName}"`;
    if (signal?.aborted === true) throw abortedError(what, signal, traceId);
    const trace = traceId === undefined ? undefined : traces.get(traceId);
    const stored = traceId === undefined ? rookery.take(false) : trace && rookery.takeOf(trace);
    if (stored !== undefined) return stored;
    const failure = traceId === undefined ? undefined : traces.recall(traceId);
    if (failure !== undefined) throw failure;
    const waiter = new ResultWaiter();
    if (traceId === undefined) rookery.wait(waiter, false);
    else traces.wait(traceId, waiter);
    if (timeoutS !== undefined) {
      const timeout = new WheelEntry(() =>
        waiter.reject(
          new FlowError('FETCH_TIMEOUT', { message: `${what} had no result within ${timeoutS} s`, traceId }),
        ),
      );
      wheel.schedule(timeout, timeoutS * 1000);
      waiter.onSettled(() => wheel.cancel(timeout));
    }
    if (signal !== undefined) {
      const abort = (): void => waiter.reject(abortedError(what, signal, traceId));
      signal.addEventListener('abort', abort, { once: true });
      waiter.onSettled(() => signal.removeEventListener('abort', abort));
    }
    return waiter.promise;
  }

  /** The flow is stopping: calls that wait for their turn go on, and find it stopped. */
  stop(): void {
    this.#stopped = true;
    this.#turns.releaseAll();
  }

  /** Waits until no other call has this trace id; the caller's deadline and signal end the wait. */
  async #turn(facts: EnvelopeFacts, traceId: string, what: string, signal: AbortSignal | undefined): Promise<void> {
    const turn = this.#turns.take(traceId);
    if (turn === undefined) return;
    const { clock, wheel, plan } = this.#engine.core;
    let giveUp: ((error: FlowError) => void) | undefined;
    const givenUp = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    const abort = (): void => giveUp?.(abortedError(what, signal as AbortSignal, traceId));
    signal?.addEventListener('abort', abort, { once: true });
    const late = new WheelEntry(() => giveUp?.(deadlineError(traceId)));
    if (facts.deadlineS !== undefined) wheel.schedule(late, facts.deadlineS * 1000 - clock.now());
    try {
      await Promise.race([turn, givenUp]);
    } catch (error) {
      // The turn will still come; it is passed on at once.
      void turn.then(() => this.#turns.release(traceId));
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
      wheel.cancel(late);
    }
    if (this.#stopped) throw stoppedError(plan.flowName);
  }

  #cancelOnAbort(trace: TraceRecord, waiter: ResultWaiter, signal: AbortSignal, what: string): void {
    const abort = (): void => {
      waiter.reject(abortedError(what, signal, trace.id));
      if (this.#engine.core.traces.get(trace.id) === trace)
        cancelTrace(this.#engine, trace, 'the signal of its call aborted');
    };
    signal.addEventListener('abort', abort, { once: true });
    waiter.onSettled(() => signal.removeEventListener('abort', abort));
  }

  #parcel(facts: EnvelopeFacts, trace: TraceRecord): Parcel {
    const envelope = new Envelope(trace, facts.headers, facts.deadlineS, facts.meta, facts.ts);
    return new Parcel(facts.payload, envelope, facts.message);
  }

  #open(facts: EnvelopeFacts, traceId: string): TraceRecord {
    const { plan, traces, tracer } = this.#engine.core;
    const { tenant } = facts.headers;
    const trace = traces.open(traceId, tenant);
    // Here and not at the first node, because here the caller's async context, with the span it may have, is the current one.
    if (tracer !== undefined) {
      trace.span ??= tracer.startTrace({ flowName: plan.flowName, traceId, tenant, meta: facts.meta });
    }
    return trace;
  }

  #refuseLate(facts: EnvelopeFacts, traceId: string): void {
    if (facts.deadlineS !== undefined && facts.deadlineS * 1000 <= this.#engine.core.clock.now())
      throw deadlineError(traceId);
  }
}

function deadlineError(traceId: string): FlowError {
  return new FlowError('DEADLINE_EXCEEDED', { message: `Deadline of trace ${traceId} has passed`, traceId });
}
