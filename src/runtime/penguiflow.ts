import type { FlowEventType } from '../events/flow-event-type.js';
import type { FlowListener } from '../events/flow-listener.js';
import type { MiddlewareRef } from '../events/middleware-ref.js';
import type { FlowPlan } from '../graph/flow-plan.js';
import type { Message } from '../message/message.js';
import type { StreamChunk } from '../message/stream-chunk.js';
import type { CollectedResults } from './egress/collected-results.js';
import type { FlowStream } from './egress/flow-stream.js';
import type { FlowResult } from './egress/flow-result.js';
import type { CancelOptions, CollectOptions, EmitOptions, FetchOptions } from './emit-options.js';
import type { FlowChunkOptions } from './flow-chunk-options.js';
import type { FlowRecorder } from './flow-recorder.js';
import type { FlowHealth } from './flow-health.js';
import type { FlowSnapshot, FlowState } from './flow-snapshot.js';
import type { InjectedRun, InjectOptions } from './inject-options.js';
import type { RunOptions } from './run-options.js';
import type { StopOptions, StopResult } from './stop-options.js';

/** Takes a listener off again; works with `using`. */
export interface ListenerHandle extends Disposable {
  /** Takes the listener off. Calling it twice is fine. */
  dispose(): void;
}

/**
 * The handle of one flow: starts it, feeds it, reads its results, stops it. Made by `createFlow`.
 *
 * @typeParam In - the payload that enters
 * @typeParam Out - the payload that leaves
 * @example
 * ```ts
 * const flow: PenguiFlow<Order, Receipt> = createFlow(Orders);
 * await flow.run();
 * const receipt = await flow.call(new Order('a-1', 2), { timeoutS: 10 });
 * await flow.stop({ drainS: 10 });
 * ```
 */
export interface PenguiFlow<in In = never, out Out = unknown> extends AsyncDisposable {
  /** Of its `@Flow`: in the events, the logs and the messages of errors. */
  readonly name: string;

  /** The frozen plan: nodes, edges, policies. */
  readonly plan: FlowPlan;

  /** Where the flow is in its life. */
  readonly state: FlowState;

  /**
   * Starts the flow: `onFlowStart` of the middlewares, then of the nodes, downstream before upstream.
   *
   * @throws FlowError `ALREADY_RUNNING` when called twice, `FLOW_STOPPED` after `stop()`, `START_FAILED` when a hook fails or
   * `startTimeoutS` is over, `INVALID_OPTION`
   * @example
   * ```ts
   * await flow.run({ startTimeoutS: 20 });
   * ```
   */
  run(options?: RunOptions): Promise<void>;

  /**
   * Sends a payload (or a whole `Message`) into the flow. Resolves with its trace id when there was room for it.
   *
   * @throws FlowError `NOT_RUNNING`, `FLOW_STOPPED`, `INVALID_OPTION`, `UNKNOWN_TARGET`, and while it waits for room:
   * `TRACE_CANCELLED`, `DEADLINE_EXCEEDED`, `ABORTED`
   * @example
   * ```ts
   * const traceId = await flow.emit(new Order('a-1', 2), { tenant: 'acme', timeoutS: 10 });
   * ```
   */
  emit(payload: In | Message<In>, options?: EmitOptions): Promise<string>;

  /**
   * Sends a payload in only if there is room for it right now.
   *
   * @returns false when there is no room; nothing was sent then
   * @throws FlowError as `emit` does
   */
  tryEmit(payload: In | Message<In>, options?: Omit<EmitOptions, 'signal'>): boolean;

  /**
   * Waits for the next result: of emitted runs with one trace id and tenant, or of any run that nobody waits for.
   *
   * @throws FlowError `NOT_RUNNING`, `FLOW_STOPPED`, `INVALID_OPTION`, `FETCH_TIMEOUT`, `ABORTED`. Without `traceId` also a failure
   * that nobody else waited for, unless the flow has `deliverFailures: false`; with one the failure of such a run,
   * `TRACE_CANCELLED`, `NO_RESULT` when the last of them ended without a result, and `TENANT_REQUIRED` when only another
   * tenant's runs bear the id and no `tenant` was named
   */
  fetch(options?: FetchOptions): Promise<Out>;

  /** Like `fetch`, with the envelope. */
  fetchMessage(options?: FetchOptions): Promise<Message<Out>>;

  /**
   * Sends a payload in and waits for the first result of the run that it begins, whatever other runs bear its trace id.
   * The run is cancelled when the signal aborts; `timeoutS` is its deadline. Further results of the run are discarded
   * and counted in `snapshot().discardedResults`.
   *
   * @throws FlowError the failure of the run (`NODE_EXCEPTION`, `NODE_TIMEOUT`, `VALIDATION_FAILED` …), `DEADLINE_EXCEEDED`,
   * `TRACE_CANCELLED`, `ABORTED`, `NO_RESULT`, `NOT_RUNNING`, `FLOW_STOPPED`
   * @example
   * ```ts
   * const receipt = await flow.call(new Order('a-1', 2), { timeoutS: 10, signal: request.signal });
   * ```
   */
  call(payload: In | Message<In>, options?: EmitOptions): Promise<Out>;

  /**
   * Sends a payload in and waits for all results of the run that it begins, in the order in which they leave the flow: an empty list when there
   * are none. The first failure of a message is that of all; with `settle: true` the rest of the run goes on, and the failures come
   * beside the results. Chunks are no results. `timeoutS` and `signal` are as for `call`.
   *
   * @throws FlowError as `call`, but for `NO_RESULT`
   * @example
   * ```ts
   * const { results, failures } = await flow.collect(rows, { settle: true });
   * ```
   */
  collect(
    payload: In | Message<In>,
    options: CollectOptions & { readonly settle: true },
  ): Promise<CollectedResults<Out>>;
  collect(payload: In | Message<In>, options?: CollectOptions & { readonly settle?: false }): Promise<Out[]>;

  /**
   * Puts a payload (or a whole `Message`) before nodes in the middle of the flow, as if others had sent it there, and waits for all that
   * becomes of it: to do part of a run once more. Everything behind those nodes runs for real. Resolves however the run ends, also when it
   * is cancelled or late. What else a join needs does not come by itself.
   *
   * @throws FlowError `NOT_RUNNING`, `FLOW_STOPPED`, `INVALID_OPTION`, `UNKNOWN_TARGET`, `ABORTED`
   * @example
   * ```ts
   * const { status, results } = await flow.inject(pricedOrder, { node: Charge, id: 'order-4711' });
   * ```
   */
  inject(payload: unknown, options: InjectOptions): Promise<InjectedRun<Out>>;

  /**
   * Sends a payload in and hands out its run piece by piece: chunks (`ctx.emitChunk`) and what async generators yield,
   * then the final value as the iterator's return value (and as `result`). A slow reader holds up the nodes that
   * send to it, and with them the runs that wait for a turn there; one that takes nothing for `chunkStallS` of `@Flow` ends its run
   * with `READER_STALLED`. Leaving the loop early cancels the run, and so does the signal.
   *
   * @throws FlowError in `next()`: what `call` rejects with, but for `NO_RESULT`: a run without a final value ends its stream with `undefined`
   * @example
   * ```ts
   * const stream = flow.stream(question);
   * for await (const piece of stream) if (piece instanceof StreamChunk) process.stdout.write(piece.text);
   * const answer = await stream.result;
   * ```
   */
  stream(payload: In | Message<In>, options?: EmitOptions): FlowStream<Out>;

  /**
   * Streams a piece of text from outside of the nodes to whoever consumes a run: its `stream`, else the egress. It goes to an active run
   * of the trace id and tenant (to the one whose stream is read, else to the oldest), numbered with what its nodes send. Where there is
   * none it begins a run, which stays active until its streams are `done`. Resolves with the chunk when there was room for it.
   *
   * @param parent - the trace id, or a message whose trace id, headers and meta the chunk bears
   * @throws FlowError `NOT_RUNNING`, `FLOW_STOPPED`, `INVALID_OPTION`, `TENANT_REQUIRED`, and while it waits for room `TRACE_CANCELLED`,
   * `DEADLINE_EXCEEDED`
   * @example
   * ```ts
   * await flow.emitChunk(traceId, 'half of it');
   * await flow.emitChunk(traceId, ' and the rest', { done: true });
   * ```
   */
  emitChunk(parent: string | Message, text: string, options?: FlowChunkOptions): Promise<StreamChunk>;

  /**
   * The results of all runs that nobody else waits for, failures among them, until the flow has stopped. Never throws.
   * Open from this call on, not from the first `next()`: failures then wait at the egress and take places there, as results
   * do, until they are read or the iterator's `return()` is called.
   *
   * @example
   * ```ts
   * for await (const { traceId, value, error } of flow.results()) console.log(traceId, error?.code ?? value);
   * ```
   */
  results(): AsyncIterableIterator<FlowResult<Out>>;

  /**
   * Cancels every run of a trace id and tenant, calls and streams included; everything of them is gone when this returns.
   *
   * @returns whether there was one
   * @throws FlowError `NOT_RUNNING`, `INVALID_OPTION`, `TENANT_REQUIRED` when no tenant is named and only others' runs bear the id
   * @example
   * ```ts
   * flow.cancel('order-17', { tenant: 'acme' });
   * ```
   */
  cancel(traceId: string, options?: CancelOptions): boolean;

  /**
   * Stops the flow: waits for a start that is under way (`graceS` at most), refuses new input, lets work finish for `drainS`, interrupts the rest, runs `onFlowStop`, flushes the
   * log and disposes what the flow built. Calling it again gives the same promise.
   */
  stop(options?: StopOptions): Promise<StopResult>;

  /** Calls a listener for every event of one type, or of all (`'*'`). */
  on(eventType: FlowEventType | '*', listener: FlowListener): ListenerHandle;

  /**
   * Attaches a middleware to the running flow: an instance of a `@Middleware()` class, or a function.
   * @throws FlowError `MIDDLEWARE_NOT_DECORATED` when it listens to nothing
   */
  use(middleware: MiddlewareRef): ListenerHandle;

  /**
   * Begins to record the runs that begin from now on, and those of its playbooks, beside what `history` of `createFlow` records; a flow
   * that nobody records pays nothing for it. The flow waits for what is recorded when it stops. A recorder that records it already
   * is not asked again.
   *
   * @returns what ends it; runs under way are recorded to their end
   * @throws FlowError `INVALID_OPTION`, `FLOW_STOPPED`
   * @example
   * ```ts
   * using recording = flow.record(new FlowHistory(memoryStore()));
   * ```
   */
  record(recorder: FlowRecorder): ListenerHandle;

  /** Depths, in-flight messages and counters of every node, now. */
  snapshot(): FlowSnapshot;

  /** Whether the flow is fit for work, for a readiness probe. */
  health(): FlowHealth;

  /** `await using flow = createFlow(Orders)` stops it at the end of the block. */
  [Symbol.asyncDispose](): Promise<void>;
}
