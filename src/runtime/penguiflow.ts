import type { EventBus } from '../events/event-bus.js';
import { FLOW_EVENT_TYPES, type FlowEventType } from '../events/flow-event-type.js';
import type { FlowListener } from '../events/flow-listener.js';
import { invalidOption } from '../errors/option-error.js';
import { FlowError } from '../errors/flow-error.js';
import type { FlowPlan } from '../graph/flow-plan.js';
import type { Message } from '../message/message.js';
import { subscriptionsOf } from '../metadata/subscriptions-of.js';
import type { MiddlewareRef } from '../events/middleware-ref.js';
import { cancelTrace } from './control/cancel-trace.js';
import {
  checkCallOptions,
  checkCancelOptions,
  checkEmitOptions,
  checkFetchOptions,
  type CancelOptions,
  type EmitOptions,
  type FetchOptions,
} from './emit-options.js';
import { whyOfOthers } from './fetch-result.js';
import { DEFAULT_TENANT } from '../message/headers.js';
import { FlowEngine } from './flow-engine.js';
import { DEFAULT_GRACE_S, FlowLifecycle, waitUntil } from './flow-lifecycle.js';
import type { FlowParts } from './flow-parts.js';
import { healthOf, type FlowHealth } from './flow-health.js';
import type { FlowSnapshot, FlowState } from './flow-snapshot.js';
import { snapshotOf } from './take-snapshot.js';
import type { FlowStream } from './egress/flow-stream.js';
import { FlowClient } from './flow-client.js';
import { stoppedError } from './control/halt-flow.js';
import type { PlaybookFlow } from './playbooks.js';
import { takeMessage, takePayload, type TakeResult } from './trace/result-waiter.js';
import { ResultsReader, type FlowResult } from './egress/results-reader.js';
import { checkStopOptions, stopFlow, type StopOptions, type StopResult } from './stop-flow.js';

/** Takes a listener off again; works with `using`. */
export interface ListenerHandle extends Disposable {
  /** Takes the listener off. Calling it twice is fine. */
  dispose(): void;
}

/** Makes the flow of a playbook; its events go to `observer` as well. */
export type PlaybookOpener = (flowClass: Function, observer: EventBus) => PlaybookFlow;

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
export class PenguiFlow<in In = never, out Out = unknown> implements AsyncDisposable {
  readonly #parts: FlowParts;
  readonly #engine: FlowEngine;
  readonly #lifecycle: FlowLifecycle;
  readonly #client: FlowClient;
  #state: FlowState = 'created';
  #started: Promise<void> | undefined;
  #stopped: Promise<StopResult> | undefined;

  /** @internal Use `createFlow`. */
  constructor(parts: FlowParts, openPlaybook: PlaybookOpener, observer?: EventBus) {
    this.#parts = parts;
    this.#engine = new FlowEngine(parts, {
      openPlaybook: (flowClass) => openPlaybook(flowClass, this.#engine.core.bus),
      observer,
    });
    this.#lifecycle = new FlowLifecycle(this.#engine.core, parts);
    this.#client = new FlowClient(this.#engine);
  }

  get name(): string {
    return this.#parts.plan.flowName;
  }

  /** The frozen plan: nodes, edges, policies. */
  get plan(): FlowPlan {
    return this.#parts.plan;
  }

  /** Where the flow is in its life. */
  get state(): FlowState {
    return this.#state;
  }

  /**
   * Starts the flow: `onFlowStart` of the middlewares, then of the nodes, downstream before upstream.
   *
   * @throws FlowError `ALREADY_RUNNING` when called twice, `FLOW_STOPPED` after `stop()`, `START_FAILED` when a hook fails
   */
  async run(): Promise<void> {
    if (this.#state === 'starting' || this.#state === 'running') {
      throw new FlowError('ALREADY_RUNNING', { message: `Flow "${this.name}" is running already` });
    }
    if (this.#state !== 'created') throw stoppedError(this.name);
    this.#state = 'starting';
    // Not at once: a hook that calls `stop()` has to find that the flow starts.
    this.#started = Promise.resolve().then(() => this.#start());
    await this.#started;
  }

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
  emit(payload: In | Message<In>, options?: EmitOptions): Promise<string> {
    try {
      this.#mustTakeInput('emit()');
      if (options !== undefined) checkEmitOptions(options, `emit() of flow "${this.name}"`);
      return this.#client.emit(payload, options);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /**
   * Sends a payload in only if there is room for it right now.
   *
   * @returns false when there is no room; nothing was sent then
   * @throws FlowError as `emit` does
   */
  tryEmit(payload: In | Message<In>, options?: Omit<EmitOptions, 'signal'>): boolean {
    this.#mustTakeInput('tryEmit()');
    checkEmitOptions(options, `tryEmit() of flow "${this.name}"`);
    return this.#client.tryEmit(payload, options);
  }

  /**
   * Waits for the next result: of one trace, or of any trace that nobody waits for.
   *
   * @throws FlowError `NOT_RUNNING`, `FLOW_STOPPED`, `FETCH_TIMEOUT`, `ABORTED`; with `traceId` also the failure of that
   * trace, `TRACE_CANCELLED`, and `NO_RESULT` when it ended without one
   */
  fetch(options?: FetchOptions): Promise<Out> {
    return this.#fetch(options, takePayload) as Promise<Out>;
  }

  /** Like `fetch`, with the envelope. */
  fetchMessage(options?: FetchOptions): Promise<Message<Out>> {
    return this.#fetch(options, takeMessage) as Promise<Message<Out>>;
  }

  /**
   * Sends a payload in and waits for the first result of its trace. Calls with one trace id take turns.
   * The trace is cancelled when the signal aborts; `timeoutS` is its deadline. Further results of the trace are discarded
   * and counted in `snapshot().discardedResults`.
   *
   * @throws FlowError the failure of the trace (`NODE_EXCEPTION`, `NODE_TIMEOUT`, `VALIDATION_FAILED` …), `DEADLINE_EXCEEDED`,
   * `TRACE_CANCELLED`, `ABORTED`, `NO_RESULT`, `NOT_RUNNING`, `FLOW_STOPPED`
   * @example
   * ```ts
   * const receipt = await flow.call(new Order('a-1', 2), { timeoutS: 10, signal: request.signal });
   * ```
   */
  call(payload: In | Message<In>, options?: EmitOptions): Promise<Out> {
    try {
      this.#mustTakeInput('call()');
      if (options !== undefined) checkCallOptions(options, `call() of flow "${this.name}"`);
      return this.#client.call(payload, options) as Promise<Out>;
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /**
   * Sends a payload in and hands out its trace piece by piece: chunks (`ctx.emitChunk`) and what async generators yield,
   * then the final value as the iterator's return value (and as `result`). A slow reader slows down the nodes of this
   * trace only. Leaving the loop early cancels the trace, and so does the signal.
   *
   * @throws FlowError in `next()`: what `call` rejects with
   * @example
   * ```ts
   * const stream = flow.stream(question);
   * for await (const piece of stream) if (piece instanceof StreamChunk) process.stdout.write(piece.text);
   * const answer = await stream.result;
   * ```
   */
  stream(payload: In | Message<In>, options?: EmitOptions): FlowStream<Out> {
    this.#mustTakeInput('stream()');
    checkCallOptions(options, `stream() of flow "${this.name}"`);
    return this.#client.stream<Out>(payload, options);
  }

  /**
   * The results of all traces that nobody else waits for, failures among them, until the flow has stopped. Never throws.
   *
   * @example
   * ```ts
   * for await (const { traceId, value, error } of flow.results()) console.log(traceId, error?.code ?? value);
   * ```
   */
  results(): AsyncIterableIterator<FlowResult<Out>> {
    return new ResultsReader<Out>(
      this.#engine.core.egress,
      () => this.#state === 'stopped' || this.#state === 'stopping',
    );
  }

  /**
   * Cancels every run of a trace id and tenant, calls and streams included; everything of them is gone when this returns.
   *
   * @param options - `tenant`: whose trace id it is. @defaultValue `'default'`
   * @returns whether there was one
   * @throws FlowError `NOT_RUNNING`, `INVALID_OPTION`, `TENANT_REQUIRED` when no tenant is named and only others' runs bear the id
   */
  cancel(traceId: string, options?: CancelOptions): boolean {
    this.#mustRun('cancel()');
    const what = `cancel() of flow "${this.name}"`;
    if (options !== undefined) checkCancelOptions(options, what);
    const { core } = this.#engine;
    const runs = core.traces.labelled(traceId, options?.tenant ?? DEFAULT_TENANT);
    const refused = runs.length === 0 ? whyOfOthers(core, traceId, options?.tenant, what) : undefined;
    if (refused !== undefined) throw refused;
    for (const run of runs) if (!run.ended) cancelTrace(this.#engine, run, 'cancel() was called');
    return runs.length !== 0;
  }

  /**
   * Stops the flow: waits for a start that is under way (`graceS` at most), refuses new input, lets work finish for `drainS`, interrupts the rest, runs `onFlowStop`, flushes the
   * log and disposes what the flow built. Calling it again gives the same promise.
   */
  stop(options: StopOptions = {}): Promise<StopResult> {
    try {
      checkStopOptions(options, `stop() of flow "${this.name}"`);
    } catch (error) {
      return Promise.reject(error as Error);
    }
    this.#stopped ??= this.#stop(options);
    return this.#stopped;
  }

  /** Calls a listener for every event of one type, or of all (`'*'`). */
  on(eventType: FlowEventType | '*', listener: FlowListener): ListenerHandle {
    if (eventType !== '*' && !FLOW_EVENT_TYPES.includes(eventType)) {
      throw invalidOption('eventType', 'on()', `one of ${FLOW_EVENT_TYPES.join(', ')} or '*'`, eventType);
    }
    if (typeof listener !== 'function') throw invalidOption('listener', 'on()', 'a function', listener);
    const types = eventType === '*' ? undefined : [eventType];
    return subscription([this.#engine.core.bus.attach({ name: listener.name || `on(${eventType})`, types, listener })]);
  }

  /**
   * Attaches a middleware to the running flow: an instance of a `@Middleware()` class, or a function.
   * @throws FlowError `MIDDLEWARE_NOT_DECORATED` when it listens to nothing
   */
  use(middleware: MiddlewareRef): ListenerHandle {
    return subscription(subscriptionsOf(middleware).map((each) => this.#engine.core.bus.attach(each)));
  }

  /** Depths, in-flight messages and counters of every node, now. */
  snapshot(): FlowSnapshot {
    return snapshotOf(this.#engine, this.#state);
  }

  /** Whether the flow is fit for work, for a readiness probe. */
  health(): FlowHealth {
    return healthOf(this.#engine, this.#state);
  }

  /** `await using flow = createFlow(Orders)` stops it at the end of the block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #fetch<R>(options: FetchOptions | undefined, take: TakeResult<R>): Promise<R> {
    try {
      this.#mustRun('fetch()');
      if (options !== undefined) checkFetchOptions(options, `fetch() of flow "${this.name}"`);
      return this.#client.fetch(options, take);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  async #start(): Promise<void> {
    const { log, bus, plan } = this.#engine.core;
    if (log.silent && !bus.hasSink) warnOfNoSink(plan.flowName);
    try {
      await this.#lifecycle.start();
    } catch (error) {
      this.#state = 'stopped';
      this.#engine.core.egress.rejectAll(stoppedError(this.name));
      this.#engine.core.bus.close();
      this.#engine.core.wheel.dispose();
      await log.flush().catch(() => {});
      await this.#parts.dispose();
      throw error;
    }
    // A stop() that came meanwhile goes on from here.
    if (this.#state === 'starting') this.#state = 'running';
  }

  async #stop(options: StopOptions): Promise<StopResult> {
    const { graceS = DEFAULT_GRACE_S } = options;
    const hanging = await this.#endOfStart(graceS);
    if (this.#state === 'created' || this.#state === 'stopped') {
      const ran = this.#state !== 'created';
      this.#state = 'stopped';
      this.#engine.core.egress.rejectAll(stoppedError(this.name));
      this.#engine.core.bus.close();
      if (!ran) await this.#parts.dispose();
      return { drained: hanging === undefined, dropped: 0, stuckNodes: hanging === undefined ? [] : [hanging] };
    }
    const result = await stopFlow(this.#engine, options, (state) => {
      this.#state = state;
    });
    const stuck = [...(await this.#engine.playbooks.stop(graceS)), ...(await this.#lifecycle.stop(graceS))];
    await this.#lifecycle.flush();
    this.#engine.core.bus.close();
    this.#engine.core.wheel.dispose();
    try {
      await this.#engine.core.log.flush();
    } finally {
      await this.#parts.dispose();
      this.#state = 'stopped';
    }
    if (stuck.length === 0) return result;
    return { ...result, drained: false, stuckNodes: [...new Set([...result.stuckNodes, ...stuck])] };
  }

  /** Waits until the start is over, for `graceS` at most; returns the name of the one whose start hook hangs. */
  async #endOfStart(graceS: number): Promise<string | undefined> {
    const started = this.#started?.catch(() => {});
    if (started === undefined || this.#state !== 'starting') return undefined;
    let over = false;
    const inTime = await waitUntil(
      this.#engine.core,
      graceS,
      () => over,
      (check) => {
        void started.then(() => {
          over = true;
          check();
        });
      },
    );
    if (inTime) return undefined;
    const hanging = this.#lifecycle.giveUpStart(stoppedError(this.name));
    await started;
    return hanging;
  }

  #mustRun(what: string): void {
    if (this.#state !== 'running' && this.#state !== 'draining') this.#rejectUse(what);
  }

  #mustTakeInput(what: string): void {
    if (this.#state === 'running' && this.#stopped === undefined) return;
    this.#mustRun(what);
    if (this.#stopped !== undefined) throw stoppedError(this.name);
  }

  #rejectUse(what: string): never {
    if (this.#state === 'created' || this.#state === 'starting') {
      const when = this.#state === 'created' ? 'before run()' : 'before run() has finished';
      throw new FlowError('NOT_RUNNING', { message: `${what} of flow "${this.name}" ${when}` });
    }
    throw stoppedError(this.name);
  }
}

function subscription(detachers: readonly (() => void)[]): ListenerHandle {
  const dispose = (): void => {
    for (const detach of detachers) detach();
  };
  return { dispose, [Symbol.dispose]: dispose };
}

/** Flows that have said it already. */
const warned = new Set<string>();

function warnOfNoSink(flowName: string): void {
  if (warned.has(flowName)) return;
  warned.add(flowName);
  process.emitWarning(
    `Flow "${flowName}" runs without a sink: its events and log lines go nowhere. ` +
      'Call configureLogging(...) before run(), or attach a middleware or listener.',
    { type: 'PenguiFlowWarning', code: 'PENGUIFLOW_NO_SINK' },
  );
}
