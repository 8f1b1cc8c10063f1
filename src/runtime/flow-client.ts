import type { FlowError } from '../errors/flow-error.js';
import { NO_META } from '../message/headers.js';
import { Message } from '../message/message.js';
import { newTraceId } from '../message/trace-id.js';
import { WheelEntry } from '../scheduling/timer-wheel.js';
import type { FlowTracer } from '../ports/flow-tracer.js';
import { cancelTrace } from './control/cancel-trace.js';
import { abortedError, envelopeFacts, type EmitOptions, type FetchOptions } from './emit-options.js';
import { deadlineError } from './trace/deadline-error.js';
import type { EnvelopeFacts } from './trace/envelope-facts.js';
import { Envelope, Parcel } from './trace/envelope.js';
import type { Floe } from '../queue/floe.js';
import type { FlowEngine } from './flow-engine.js';
import { fetchFast, fetchResult } from './fetch-result.js';
import { onAbort } from './on-abort.js';
import { TraceStream } from './egress/trace-stream.js';
import { stoppedError } from './control/halt-flow.js';
import { ResultWaiter, takePayload, type TakeResult } from './trace/result-waiter.js';
import { StreamReader } from './egress/stream-reader.js';
import type { TraceRecord } from './trace/trace-record.js';
import { TraceTurns } from './trace/trace-turns.js';
import type { PendingEmit } from './routing/pending-emit.js';

/** What a caller asked for, checked. */
interface Request {
  readonly facts: EnvelopeFacts;
  readonly traceId: string;
  /** For error messages. */
  readonly what: string;
  readonly signal: AbortSignal | undefined;
}

/** Why a stream cancels its trace. */
const LEFT = 'its stream was left';

/** What goes in and comes out of a running flow: emit, fetch, call and stream. */
export class FlowClient {
  readonly #engine: FlowEngine;
  readonly #turns = new TraceTurns();
  #stopped = false;

  constructor(engine: FlowEngine) {
    this.#engine = engine;
    engine.onTraceEnd = (trace) => {
      if (trace.owned && this.#turns.areTaken) this.#turns.release(trace.id);
    };
  }

  /** Resolves with the trace id when there was room. */
  emit(input: unknown, options: EmitOptions | undefined): Promise<string> {
    return options === undefined && !Message.is(input) ? this.#emitFast(input) : this.#emit(input, options);
  }

  /** A payload without options has nothing to check and nothing to merge. */
  #emitFast(input: unknown): Promise<string> {
    const parcel = this.#parcelFast(input);
    const waiting = this.#engine.ingress.emitFast(parcel);
    return waiting === undefined ? this.#entered(parcel.envelope.trace.formatId()) : waiting.done;
  }

  #emit(input: unknown, options: EmitOptions | undefined): Promise<string> {
    const { core, ingress } = this.#engine;
    const floes = ingress.targets(options?.to);
    const signal = options?.signal;
    const facts = envelopeFacts(input, options, core.clock.now());
    const traceId = facts.traceId ?? newTraceId();
    if (signal?.aborted === true) throw abortedError(`emit() of flow "${core.plan.flowName}"`, signal, traceId);
    const trace = this.#open(facts, traceId);
    const waiting = ingress.emit(this.#parcel(facts, trace), floes);
    if (waiting === undefined) return this.#entered(traceId);
    if (signal !== undefined) {
      const abandon = (): void =>
        waiting.abandon(abortedError(`emit() of flow "${core.plan.flowName}"`, signal, traceId));
      waiting.onSettled(onAbort(signal, abandon));
    }
    return waiting.done;
  }

  tryEmit(input: unknown, options: EmitOptions | undefined): boolean {
    const { core, ingress } = this.#engine;
    const floes = ingress.targets(options?.to);
    for (const floe of floes) if (!floe.hasRoom) return false;
    if (options === undefined && !Message.is(input)) {
      ingress.emitFast(this.#parcelFast(input));
      return true;
    }
    const facts = envelopeFacts(input, options, core.clock.now());
    const traceId = facts.traceId ?? newTraceId();
    ingress.emit(this.#parcel(facts, this.#open(facts, traceId)), floes);
    return true;
  }

  /** Waits for the payload of the first result of a trace that is the caller's own. */
  call(input: unknown, options: EmitOptions | undefined): Promise<unknown> {
    return options === undefined && !Message.is(input) ? this.#callFast(input) : this.#call(input, options);
  }

  /** A call without options has a fresh trace, so it takes its turn at once. */
  #callFast(input: unknown): Promise<unknown> {
    const { core, ingress } = this.#engine;
    const parcel = this.#parcelFast(input);
    const { trace } = parcel.envelope;
    trace.owned = true;
    const waiter = new ResultWaiter(takePayload);
    core.traces.waitFor(trace, waiter);
    const waiting = ingress.emitFast(parcel);
    if (waiting !== undefined) rejectWith(waiting, waiter);
    return waiter.promise;
  }

  /** Reads a trace that is the caller's own, piece by piece. */
  stream<Out>(input: unknown, options: EmitOptions | undefined): TraceStream<Out> {
    const floes = this.#engine.ingress.targets(options?.to);
    const request = this.#request(input, options, 'stream()');
    const turn = this.#takeTurn(request);
    if (turn !== undefined) return this.#streamInTurn(turn, request, floes);
    const reader = this.#newReader();
    const trace = this.#beginStream(request, floes, reader);
    return new TraceStream<Out>(request.traceId, reader, () => this.#cancel(trace, LEFT));
  }

  #streamInTurn<Out>(turn: Promise<void>, request: Request, floes: readonly Floe<Parcel>[]): TraceStream<Out> {
    let trace: TraceRecord | undefined;
    let left = false;
    const begun = turn.then(() => {
      const reader = this.#newReader();
      trace = this.#beginStream(request, floes, reader);
      if (left) this.#cancel(trace, LEFT);
      return reader;
    });
    return new TraceStream<Out>(request.traceId, begun, () => {
      left = true;
      if (trace !== undefined) this.#cancel(trace, LEFT);
    });
  }

  /** Waits for a result, of any trace or of one. */
  fetch<R>(options: FetchOptions | undefined, take: TakeResult<R>): Promise<R> {
    const { core } = this.#engine;
    return options === undefined ? fetchFast(core, take) : fetchResult(core, options, take);
  }

  /** The flow is stopping: calls that wait for their turn go on, and find it stopped. */
  stop(): void {
    this.#stopped = true;
    this.#turns.releaseAll();
  }

  #request(input: unknown, options: EmitOptions | undefined, method: string): Request {
    const { clock, plan } = this.#engine.core;
    const facts = envelopeFacts(input, options, clock.now());
    const traceId = facts.traceId ?? newTraceId();
    const what = `${method} of flow "${plan.flowName}"`;
    if (options?.signal?.aborted === true) throw abortedError(what, options.signal, traceId);
    return { facts, traceId, what, signal: options?.signal };
  }

  #call(input: unknown, options: EmitOptions | undefined): Promise<unknown> {
    const floes = this.#engine.ingress.targets(options?.to);
    const request = this.#request(input, options, 'call()');
    const turn = this.#takeTurn(request);
    return turn === undefined ? this.#beginCall(request, floes) : turn.then(() => this.#beginCall(request, floes));
  }

  #beginCall(request: Request, floes: readonly Floe<Parcel>[]): Promise<unknown> {
    const trace = this.#ownTrace(request);
    const waiter = new ResultWaiter(takePayload);
    this.#engine.core.traces.waitFor(trace, waiter);
    if (request.signal !== undefined) {
      waiter.onSettled(this.#cancelOnAbort(trace, request.signal, request.what, (error) => waiter.reject(error)));
    }
    const waiting = this.#engine.ingress.emit(this.#parcel(request.facts, trace), floes);
    if (waiting !== undefined) rejectWith(waiting, waiter);
    return waiter.promise;
  }

  #newReader(): StreamReader {
    const { plan, traces } = this.#engine.core;
    return new StreamReader(plan.queueMaxsize, traces);
  }

  #beginStream(request: Request, floes: readonly Floe<Parcel>[], reader: StreamReader): TraceRecord {
    const trace = this.#ownTrace(request);
    this.#engine.core.egress.openStream(trace, reader);
    if (request.signal !== undefined) {
      reader.onEnd = this.#cancelOnAbort(trace, request.signal, request.what, (error) => reader.fail(error));
    }
    const waiting = this.#engine.ingress.emit(this.#parcel(request.facts, trace), floes);
    waiting?.done.catch((error: unknown) => reader.fail(error as FlowError));
    return trace;
  }

  /** Begins a trace whose results are for one caller. */
  #ownTrace({ facts, traceId }: Request): TraceRecord {
    // Here, because the flow may stop in the ticks between the caller's turn and what it does with it.
    if (this.#stopped) throw stoppedError(this.#engine.core.plan.flowName);
    const trace = this.#open(facts, traceId);
    trace.owned = true;
    return trace;
  }

  /** Callers of one trace id take turns; undefined when it is this one's turn already. */
  #takeTurn(request: Request): Promise<void> | undefined {
    // A fresh id is nobody else's.
    if (request.facts.traceId === undefined) return undefined;
    const inUse = this.#engine.core.traces.get(request.traceId)?.owned === true;
    const turn = this.#turns.take(request.traceId, inUse);
    return turn === undefined ? undefined : this.#turn(turn, request);
  }

  /** Waits until no other caller has this trace id; the deadline and the signal end the wait. */
  async #turn(turn: Promise<void>, { facts, traceId, what, signal }: Request): Promise<void> {
    const { clock, wheel } = this.#engine.core;
    let giveUp: ((error: FlowError) => void) | undefined;
    const givenUp = new Promise<never>((_, reject) => {
      giveUp = reject;
    });
    const stopListening = signal && onAbort(signal, () => giveUp?.(abortedError(what, signal, traceId)));
    const late = new WheelEntry(() => giveUp?.(deadlineError(traceId, facts.deadlineS)));
    if (facts.deadlineS !== undefined) wheel.schedule(late, facts.deadlineS * 1000 - clock.now());
    try {
      await Promise.race([turn, givenUp]);
      // It may have aborted after the turn came and before this line.
      if (signal?.aborted === true) throw abortedError(what, signal, traceId);
    } catch (error) {
      // The turn will still come; it is passed on at once.
      void turn.then(() => this.#turns.release(traceId));
      throw error;
    } finally {
      stopListening?.();
      wheel.cancel(late);
    }
  }

  /** Cancels the trace when the caller's signal aborts; returns how to stop listening. */
  #cancelOnAbort(
    trace: TraceRecord,
    signal: AbortSignal,
    what: string,
    reject: (error: FlowError) => void,
  ): () => void {
    return onAbort(signal, () => {
      reject(abortedError(what, signal, trace.id));
      this.#cancel(trace, 'the signal of its caller aborted');
    });
  }

  #cancel(trace: TraceRecord, reason: string): void {
    if (!trace.ended) cancelTrace(this.#engine, trace, reason);
  }

  #parcel(facts: EnvelopeFacts, trace: TraceRecord): Parcel {
    const { headers, deadlineS, meta, ts } = facts;
    // A trace that this message begins is its envelope; one that may have begun before is not.
    const envelope = facts.traceId === undefined ? trace : new Envelope(trace, headers, deadlineS, meta, ts);
    return new Parcel(facts.payload, envelope, facts.message);
  }

  /** A payload without options, and the trace that it begins. */
  #parcelFast(payload: unknown): Parcel {
    const { clock, traces, tracer } = this.#engine.core;
    const parcel = traces.beginFast(payload, clock.now());
    if (tracer !== undefined) this.#beginSpan(tracer, parcel.envelope.trace, NO_META);
    return parcel;
  }

  /** The answer to an `emit` that found room: at once, or after the event loop had its turn. */
  #entered(traceId: string): Promise<string> {
    const { runQueue } = this.#engine.core;
    return runQueue.paused ? runQueue.answerLater(traceId) : Promise.resolve(traceId);
  }

  #open(facts: EnvelopeFacts, traceId: string): TraceRecord {
    const { traces, tracer } = this.#engine.core;
    // An id that was made for this message is nobody else's, and is not looked up.
    const trace = facts.traceId === undefined ? traces.begin(facts, traceId) : traces.open(traceId, facts);
    if (tracer !== undefined) this.#beginSpan(tracer, trace, facts.meta);
    return trace;
  }

  /**
   * Gives a trace its span, while somebody traces. Here and not at the first node, because here the caller's async context,
   * with the span it may have, is the current one.
   */
  #beginSpan(tracer: FlowTracer, trace: TraceRecord, meta: EnvelopeFacts['meta']): void {
    const { flowName } = this.#engine.core.plan;
    trace.span ??= tracer.startTrace({ flowName, traceId: trace.id, tenant: trace.tenant, meta });
  }
}

/** A call whose message never gets in has no result. Apart from the call, which would make room for these variables each time. */
function rejectWith(waiting: PendingEmit<string>, waiter: ResultWaiter<unknown>): void {
  waiting.done.catch((error: unknown) => waiter.reject(error));
}
