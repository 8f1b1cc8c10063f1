import { FlowError } from '../errors/flow-error.js';
import type { RunKind, RunStatus } from '../ports/run-kind.js';
import { cancelledError, cancelTrace, cancelTraces } from './control/cancel-trace.js';
import { abortedError, type EmitOptions, type FetchOptions } from './emit-options.js';
import { isMessage } from '../message/emitted-payload.js';
import { envelopeFactsOf } from './envelope-facts-of.js';
import { INHERITED, type InheritingOptions } from './calling-run.js';
import { enteringParcel, isIdentified } from './entering-parcel.js';
import type { Deadline } from './trace/deadline.js';
import type { EnvelopeFacts } from './trace/envelope-facts.js';
import type { Parcel } from './trace/envelope.js';
import type { Floe } from '../queue/floe.js';
import type { FlowEngine } from './flow-engine.js';
import { fetchFast, fetchResult, labelledRuns } from './fetch-result.js';
import { labelRun } from './core/run-labels.js';
import { endedBy, type CheckedInjectOptions, type InjectedRun } from './inject-options.js';
import { floesBefore } from './node/injection.js';
import { noteOwnWait } from './attempt/own-waits.js';
import { onAbort } from '../scheduling/on-abort.js';
import { CollectReader } from './egress/collect-reader.js';
import type { CollectedResults } from './egress/collected-results.js';
import { OutsideChunks } from './outside-chunks.js';
import type { FlowStream } from './egress/flow-stream.js';
import { TraceStream } from './egress/trace-stream.js';
import { ResultWaiter, takePayload, type TakeResult } from './trace/result-waiter.js';
import { StreamReader } from './egress/stream-reader.js';
import type { RunAccount } from './trace/run-account.js';
import type { TraceRecord } from './trace/trace-record.js';
import type { PendingEmit } from './routing/pending-emit.js';

const CALLER_ABORTED = 'the signal of its caller aborted';

/** What a caller asked for, checked. */
interface Request {
  readonly facts: EnvelopeFacts;
  readonly floes: readonly Floe<Parcel>[];
  /** For error messages. */
  readonly what: string;
  readonly signal: AbortSignal | undefined;
}

/** What goes in and comes out of a running flow: emit, fetch, call and stream. */
export class FlowClient {
  readonly #engine: FlowEngine;
  readonly chunks: OutsideChunks;

  constructor(engine: FlowEngine) {
    this.#engine = engine;
    this.chunks = new OutsideChunks(engine, (facts) => this.#begin(facts, undefined));
  }

  /** Resolves with the trace id when there was room. */
  emit(input: unknown, options: EmitOptions | undefined): Promise<string> {
    return this.#isPlain(input, options) ? this.#emitFast(input) : this.#emit(input, options);
  }

  /** A payload without options has nothing to check and nothing to merge. */
  #emitFast(input: unknown): Promise<string> {
    const parcel = this.#parcelFast(input);
    const waiting = this.#engine.ingress.emitFast(parcel);
    if (waiting === undefined) return this.#entered(parcel.envelope.trace.formatId());
    return noteOwnWait(this.#engine, waiting.done);
  }

  #emit(input: unknown, options: EmitOptions | undefined): Promise<string> {
    const { core, ingress } = this.#engine;
    const floes = ingress.targets(options?.to);
    const signal = options?.signal;
    const facts = envelopeFactsOf(input, options, core.clock);
    if (signal?.aborted === true) throw abortedError(`emit() of flow "${core.plan.flowName}"`, signal, facts.traceId);
    const trace = this.#begin(facts, options);
    if (trace.ended) return Promise.reject(cancelledError(core, trace, 'a listener cancelled it as it began'));
    const parcel = enteringParcel(core, facts, trace, options);
    const waiting = options?.join === true ? ingress.emitJoined(parcel, floes) : ingress.emit(parcel, floes);
    if (waiting === undefined) return this.#entered(trace.id);
    if (signal !== undefined) {
      const abandon = (): void => {
        trace.account?.cancel(CALLER_ABORTED, 1);
        waiting.abandon(abortedError(`emit() of flow "${core.plan.flowName}"`, signal, trace.id));
      };
      waiting.onSettled(onAbort(signal, abandon));
    }
    return noteOwnWait(this.#engine, waiting.done);
  }

  tryEmit(input: unknown, options: EmitOptions | undefined): boolean {
    const { core, ingress } = this.#engine;
    const isFast = this.#isPlain(input, options);
    const floes = ingress.targets(options?.to);
    for (const floe of floes) if (!floe.hasRoom) return false;
    if (isFast) {
      ingress.emitFast(this.#parcelFast(input));
      return true;
    }
    const facts = envelopeFactsOf(input, options, core.clock);
    const trace = this.#begin(facts, options);
    if (trace.ended) return true;
    const parcel = enteringParcel(core, facts, trace, options);
    if (options?.join === true) ingress.emitJoined(parcel, floes);
    else ingress.emit(parcel, floes);
    return true;
  }

  /** Waits for the payload of the first result of a run that is the caller's own. */
  call(input: unknown, options: InheritingOptions | undefined): Promise<unknown> {
    return noteOwnWait(
      this.#engine,
      this.#isPlain(input, options) ? this.#callFast(input) : this.#call(input, options),
    );
  }

  #callFast(input: unknown): Promise<unknown> {
    const parcel = this.#parcelFast(input);
    const { trace } = parcel.envelope;
    const waiter = new ResultWaiter(takePayload);
    trace.owned = true;
    trace.waiter = waiter;
    const waiting = this.#engine.ingress.emitFast(parcel);
    if (waiting !== undefined) rejectWith(waiting, waiter);
    return waiter.promise;
  }

  #call(input: unknown, options: InheritingOptions | undefined): Promise<unknown> {
    const calling = options?.[INHERITED];
    const request = this.#request(input, options, 'call()', calling?.deadline);
    const trace = this.#beginOwn(request);
    const waiter = new ResultWaiter(takePayload);
    trace.waiter = waiter;
    if (request.signal !== undefined) {
      waiter.onSettled(this.#cancelOnAbort(trace, request.signal, request.what, (error) => waiter.reject(error)));
    }
    if (calling !== undefined) trace.parentRun = calling.run;
    labelRun(trace, options?.labels, request.what);
    this.#engine.story.begin(trace, calling === undefined ? 'call' : 'playbook', isIdentified(options));
    if (trace.ended) return waiter.promise;
    const waiting = this.#engine.ingress.emit(
      enteringParcel(this.#engine.core, request.facts, trace, options),
      request.floes,
    );
    if (waiting !== undefined) rejectWith(waiting, waiter);
    return waiter.promise;
  }

  /** Waits for all results of a run that is the caller's own, and for its failures where they are wanted beside them. */
  collect(
    input: unknown,
    options: EmitOptions | undefined,
    settles: boolean,
  ): Promise<unknown[] | CollectedResults<unknown>> {
    // Refuses what can be no payload, as the other ways in do.
    isMessage(input);
    const { traces, egress } = this.#engine.core;
    const request = this.#request(input, options, 'collect()');
    const reader = new CollectReader(traces, settles, (discarded) => egress.discard(discarded));
    this.#read(request, reader, 'collect', options);
    const collected = noteOwnWait(this.#engine, reader.promise);
    return settles ? collected : collected.then(({ results }) => [...results]);
  }

  /** Reads a run that is the caller's own, piece by piece. */
  stream<Out>(input: unknown, options: EmitOptions | undefined): FlowStream<Out> {
    isMessage(input);
    const { plan, traces, egress } = this.#engine.core;
    const request = this.#request(input, options, 'stream()');
    const reader = new StreamReader(plan.queueMaxsize, traces, (parcel) => egress.discard(parcel));
    const trace = this.#read(request, reader, 'stream', options);
    const leave = (): void => this.#cancel(trace, 'its stream was left');
    return new TraceStream<Out>(trace.id, reader, leave, (answer) => noteOwnWait(this.#engine, answer));
  }

  /** Puts a message before nodes in the middle of the flow, and waits for all that becomes of it. */
  async inject(input: unknown, { nodes, from, replayOf, rest }: CheckedInjectOptions): Promise<InjectedRun<unknown>> {
    isMessage(input);
    const { plan, traces, egress } = this.#engine.core;
    const what = `inject() of flow "${plan.flowName}"`;
    const floes = floesBefore(this.#engine.workers, nodes, from, what);
    const request = { ...this.#request(input, rest, 'inject()'), floes };
    const reader = new CollectReader(traces, true, (discarded) => egress.discard(discarded));
    const trace = this.#read(request, reader, 'inject', rest, replayOf);
    const { id: traceId } = trace;
    const statusOf = (): RunStatus => (trace.account as RunAccount).status;
    try {
      const { results, failures } = (await noteOwnWait(this.#engine, reader.promise)) as CollectedResults<unknown>;
      return { traceId, status: statusOf(), results, failures };
    } catch (error) {
      // It was cancelled, is late, or the flow has stopped.
      if (!FlowError.is(error) || error.code === 'ABORTED') throw error;
      return { traceId, status: endedBy(error), results: [], failures: [error] };
    }
  }

  /** Begins a run for a reader of its own. */
  #read(
    request: Request,
    reader: StreamReader,
    kind: RunKind,
    options: EmitOptions | undefined,
    replayOf?: number,
  ): TraceRecord {
    const trace = this.#beginOwn(request);
    this.#engine.core.egress.openStream(trace, reader);
    if (request.signal !== undefined) {
      reader.onEnd = this.#cancelOnAbort(trace, request.signal, request.what, (error) => reader.fail(error));
    }
    labelRun(trace, options?.labels, request.what);
    this.#engine.story.begin(trace, kind, kind === 'inject' || isIdentified(options), { replayOf });
    if (trace.ended) return trace;
    const waiting = this.#engine.ingress.emit(
      enteringParcel(this.#engine.core, request.facts, trace, options),
      request.floes,
    );
    waiting?.done.catch((error: unknown) => reader.fail(error as FlowError));
    return trace;
  }

  /** Waits for a result, of any trace or of one. */
  fetch<R>(options: FetchOptions | undefined, take: TakeResult<R>): Promise<R> {
    const { core } = this.#engine;
    return noteOwnWait(this.#engine, options === undefined ? fetchFast(core, take) : fetchResult(core, options, take));
  }

  /** Cancels the runs of a label; false when there is none. */
  cancel(traceId: string, tenant: string | undefined): boolean {
    const runs = labelledRuns(this.#engine.core, traceId, tenant, 'cancel()');
    cancelTraces(this.#engine, runs, 'cancel() was called');
    return runs.length !== 0;
  }

  #request(input: unknown, options: EmitOptions | undefined, method: string, inherited?: Deadline): Request {
    const { clock, plan } = this.#engine.core;
    const floes = this.#engine.ingress.targets(options?.to);
    const facts = envelopeFactsOf(input, options, clock, inherited);
    const what = `${method} of flow "${plan.flowName}"`;
    if (options?.signal?.aborted === true) throw abortedError(what, options.signal, facts.traceId);
    return { facts, floes, what, signal: options?.signal };
  }

  /** Cancels the run when the caller's signal aborts; returns how to stop listening. */
  #cancelOnAbort(
    trace: TraceRecord,
    signal: AbortSignal,
    what: string,
    reject: (error: FlowError) => void,
  ): () => void {
    return onAbort(signal, () => {
      reject(abortedError(what, signal, trace.id));
      this.#cancel(trace, CALLER_ABORTED);
    });
  }

  #cancel(trace: TraceRecord, reason: string): void {
    if (!trace.ended) cancelTrace(this.#engine, trace, reason);
  }

  /** A payload without options, and the run that it begins. */
  #parcelFast(payload: unknown): Parcel {
    const { clock, traces } = this.#engine.core;
    return traces.beginFast(payload, clock.now());
  }

  /** Whether there is nothing to check and nothing to merge, and nobody is told of the run. */
  #isPlain(input: unknown, options: EmitOptions | undefined): boolean {
    return !isMessage(input) && options === undefined && !this.#engine.story.isTold;
  }

  /** The answer to an `emit` that found room: at once, or after the event loop had its turn. */
  #entered(traceId: string): Promise<string> {
    const { runQueue } = this.#engine.core;
    return runQueue.paused ? runQueue.answerLater(traceId) : Promise.resolve(traceId);
  }

  /** Begins a run whose results are for one caller. */
  #beginOwn({ facts }: Request): TraceRecord {
    const trace = this.#engine.core.traces.begin(facts, facts.traceId);
    trace.owned = true;
    return trace;
  }

  /** Begins an emitted run, or joins one that was begun by an emit that others may join. */
  #begin(
    facts: EnvelopeFacts,
    options: Pick<EmitOptions, 'join' | 'scoped' | 'labels' | 'id'> | undefined,
  ): TraceRecord {
    const { traces } = this.#engine.core;
    const { traceId } = facts;
    const isScoped = options?.scoped === true;
    const joins = options?.join === true && traceId !== undefined;
    const { started } = traces;
    const trace = joins ? traces.join(traceId, facts, isScoped) : traces.begin(facts, traceId);
    labelRun(trace, options?.labels, 'emit()');
    if (isScoped) traces.scope(trace);
    if (traces.started !== started) this.#engine.story.begin(trace, 'emit', isIdentified(options));
    return trace;
  }
}

/** A call whose message never gets in has no result. Apart from the call, which would make room for these variables each time. */
function rejectWith(waiting: PendingEmit<string>, waiter: ResultWaiter<unknown>): void {
  waiting.done.catch((error: unknown) => waiter.reject(error));
}
