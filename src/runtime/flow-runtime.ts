import type { EventBus } from '../events/event-bus.js';
import type { FlowEventType } from '../events/flow-event-type.js';
import type { FlowListener } from '../events/flow-listener.js';
import { FlowError } from '../errors/flow-error.js';
import type { FlowPlan } from '../graph/flow-plan.js';
import type { Message } from '../message/message.js';
import type { StreamChunk } from '../message/stream-chunk.js';
import { subscriptionsOf } from '../metadata/subscriptions-of.js';
import type { MiddlewareRef } from '../events/middleware-ref.js';
import {
  checkCallOptions,
  checkCancel,
  checkEmitOptions,
  checkFetchOptions,
  readCollectOptions,
  type CancelOptions,
  type CollectOptions,
  type EmitOptions,
  type FetchOptions,
} from './emit-options.js';
import { FlowEngine } from './flow-engine.js';
import { DEFAULT_FLUSH_S, DEFAULT_GRACE_S, FlowLifecycle } from './flow-lifecycle.js';
import type { FlowParts } from './flow-parts.js';
import type { FlowHealth } from './flow-health.js';
import type { FlowSnapshot, FlowState } from './flow-snapshot.js';
import { snapshotOf } from './take-snapshot.js';
import type { CollectedResults } from './egress/collected-results.js';
import type { FlowStream } from './egress/flow-stream.js';
import { FlowClient } from './flow-client.js';
import type { FlowChunkOptions } from './flow-chunk-options.js';
import type { ListenerHandle, PenguiFlow } from './penguiflow.js';
import { notUsable } from './not-usable.js';
import { refusedCall } from './refused-call.js';
import { stoppedError } from './control/halt-flow.js';
import type { PlaybookOpener } from './playbooks.js';
import { takeMessage, takePayload, type TakeResult } from './trace/result-waiter.js';
import type { FlowResult } from './egress/flow-result.js';
import { ResultsReader } from './egress/results-reader.js';
import { drainFlow, endFlow, endUnstarted } from './stop-flow.js';
import { TimeBudget } from './time-budget.js';
import { checkRunOptions, type RunOptions } from './run-options.js';
import { checkStopOptions, type StopOptions, type StopResult } from './stop-options.js';
import { healthOf } from './take-health.js';
import { readInjectOptions, type InjectedRun, type InjectOptions } from './inject-options.js';
import { noteOwnWait } from './attempt/own-waits.js';
import type { FlowRecorder } from './flow-recorder.js';
import { LateRecordings } from './late-recordings.js';
import { listenerHandle, subscriptionTo } from './listener-handle.js';
import { warnOfNoSink } from './warn-of-no-sink.js';

/** The flow behind a handle: its engine, its life cycle and its clients. */
export class FlowRuntime<in In, out Out> implements PenguiFlow<In, Out> {
  readonly #parts: FlowParts;
  readonly #engine: FlowEngine;
  readonly #lifecycle: FlowLifecycle;
  readonly #client: FlowClient;
  readonly #recordings: LateRecordings;
  #state: FlowState = 'created';
  #started: Promise<void> | undefined;
  #stopped: Promise<StopResult> | undefined;
  /** What `stop()` was called with, also for a start that fails. */
  #graceS = DEFAULT_GRACE_S;
  #flushS = DEFAULT_FLUSH_S;
  /** Whose code still runs after a start that failed. */
  #leftByStart: readonly string[] = [];

  constructor(parts: FlowParts, openPlaybook: PlaybookOpener, observer?: EventBus) {
    this.#parts = parts;
    this.#engine = new FlowEngine(parts, {
      openPlaybook: (flowClass) => this.#recordings.joinedBy(openPlaybook(flowClass, this.#engine.core.bus)),
      observer,
    });
    this.#recordings = new LateRecordings(this.#engine, parts);
    this.#lifecycle = new FlowLifecycle(this.#engine.core, parts);
    this.#client = new FlowClient(this.#engine);
  }

  get name(): string {
    return this.#parts.plan.flowName;
  }

  get plan(): FlowPlan {
    return this.#parts.plan;
  }

  get state(): FlowState {
    return this.#state;
  }

  /** What is behind it, for a handle of another kind. */
  static engineOf(flow: FlowRuntime<never, unknown>): FlowEngine {
    return flow.#engine;
  }

  async run(options?: RunOptions): Promise<void> {
    if (options !== undefined) checkRunOptions(options, `run() of flow "${this.name}"`);
    if (this.#state === 'starting' || this.#state === 'running') {
      throw new FlowError('ALREADY_RUNNING', { message: `Flow "${this.name}" is running already` });
    }
    if (this.#state !== 'created') throw stoppedError(this.name);
    this.#state = 'starting';
    // Not at once: a hook that calls `stop()` has to find that the flow starts.
    this.#started = Promise.resolve().then(() => this.#start(options?.startTimeoutS));
    await this.#started;
  }

  emit(payload: In | Message<In>, options?: EmitOptions): Promise<string> {
    try {
      this.#mustTakeInput('emit()');
      if (options !== undefined) checkEmitOptions(options, `emit() of flow "${this.name}"`, payload);
      return this.#client.emit(payload, options);
    } catch (error) {
      return refusedCall(this, 'emit', error);
    }
  }

  tryEmit(payload: In | Message<In>, options?: Omit<EmitOptions, 'signal'>): boolean {
    this.#mustTakeInput('tryEmit()');
    checkEmitOptions(options, `tryEmit() of flow "${this.name}"`, payload);
    return this.#client.tryEmit(payload, options);
  }

  fetch(options?: FetchOptions): Promise<Out> {
    return this.#fetch(options, takePayload) as Promise<Out>;
  }

  fetchMessage(options?: FetchOptions): Promise<Message<Out>> {
    return this.#fetch(options, takeMessage) as Promise<Message<Out>>;
  }

  call(payload: In | Message<In>, options?: EmitOptions): Promise<Out> {
    try {
      this.#mustTakeInput('call()');
      if (options !== undefined) checkCallOptions(options, `call() of flow "${this.name}"`);
      return this.#client.call(payload, options) as Promise<Out>;
    } catch (error) {
      return refusedCall(this, 'call', error);
    }
  }

  collect(
    payload: In | Message<In>,
    options: CollectOptions & { readonly settle: true },
  ): Promise<CollectedResults<Out>>;
  collect(payload: In | Message<In>, options?: CollectOptions): Promise<Out[]>;
  collect(payload: In | Message<In>, options?: CollectOptions): Promise<Out[] | CollectedResults<Out>> {
    try {
      this.#mustTakeInput('collect()');
      const { settle, options: rest } = readCollectOptions(options, `collect() of flow "${this.name}"`);
      return this.#client.collect(payload, rest, settle) as Promise<Out[] | CollectedResults<Out>>;
    } catch (error) {
      return refusedCall(this, 'collect', error);
    }
  }

  inject(payload: unknown, options: InjectOptions): Promise<InjectedRun<Out>> {
    try {
      this.#mustTakeInput('inject()');
      const checked = readInjectOptions(options, `inject() of flow "${this.name}"`);
      return this.#client.inject(payload, checked) as Promise<InjectedRun<Out>>;
    } catch (error) {
      return refusedCall(this, 'inject', error);
    }
  }

  stream(payload: In | Message<In>, options?: EmitOptions): FlowStream<Out> {
    this.#mustTakeInput('stream()');
    checkCallOptions(options, `stream() of flow "${this.name}"`);
    return this.#client.stream<Out>(payload, options);
  }

  emitChunk(parent: string | Message, text: string, options: FlowChunkOptions = {}): Promise<StreamChunk> {
    try {
      this.#mustRun('emitChunk()');
      return this.#client.chunks.emit(parent, text, options, this.#stopped === undefined);
    } catch (error) {
      return refusedCall(this, 'emitChunk', error);
    }
  }

  results(): AsyncIterableIterator<FlowResult<Out>> {
    const isOver = (): boolean => this.#state === 'stopped' || this.#state === 'stopping';
    return new ResultsReader<Out>(this.#engine.core.egress, isOver, (answer) => noteOwnWait(this.#engine, answer));
  }

  cancel(traceId: string, options?: CancelOptions): boolean {
    this.#mustRun('cancel()');
    checkCancel(traceId, options, `cancel() of flow "${this.name}"`);
    return this.#client.cancel(traceId, options?.tenant);
  }

  stop(options: StopOptions = {}): Promise<StopResult> {
    try {
      checkStopOptions(options, `stop() of flow "${this.name}"`);
    } catch (error) {
      return refusedCall(this, 'stop', error);
    }
    return (this.#stopped ??= this.#stop(options));
  }

  on(eventType: FlowEventType | '*', listener: FlowListener): ListenerHandle {
    return listenerHandle([this.#engine.core.bus.attach(subscriptionTo(eventType, listener))]);
  }

  use(middleware: MiddlewareRef): ListenerHandle {
    return listenerHandle(subscriptionsOf(middleware).map((each) => this.#engine.core.bus.attach(each)));
  }

  record(recorder: FlowRecorder): ListenerHandle {
    return this.#recordings.begin(recorder, this);
  }

  snapshot(): FlowSnapshot {
    return snapshotOf(this.#engine, this.#state);
  }

  health(): FlowHealth {
    return healthOf(this.#engine, this.#state, this.#stopped === undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  #fetch<R>(options: FetchOptions | undefined, take: TakeResult<R>): Promise<R> {
    try {
      this.#mustRun('fetch()');
      if (options !== undefined) checkFetchOptions(options, `fetch() of flow "${this.name}"`);
      return this.#client.fetch(options, take);
    } catch (error) {
      return refusedCall(this, take === takeMessage ? 'fetchMessage' : 'fetch', error);
    }
  }

  async #start(timeoutS: number | undefined): Promise<void> {
    const { core } = this.#engine;
    warnOfNoSink(core);
    try {
      await this.#lifecycle.start(timeoutS);
    } catch (error) {
      const grace = new TimeBudget(core, this.#graceS);
      const stuck = await this.#lifecycle.stop(grace);
      this.#state = 'stopped';
      core.egress.rejectAll(stoppedError(this.name));
      core.bus.close();
      this.#leftByStart = [...this.#lifecycle.hanging, ...stuck, ...(await this.#parts.dispose(grace))];
      await new TimeBudget(core, this.#flushS).holds(core.log.flush().catch(() => {}));
      core.wheel.dispose();
      throw error;
    }
    // A stop() that came meanwhile goes on from here.
    if (this.#state === 'starting') this.#state = 'running';
    this.#engine.watch.start();
  }

  async #stop(options: StopOptions): Promise<StopResult> {
    const { drainS = 0, graceS = DEFAULT_GRACE_S, flushS = DEFAULT_FLUSH_S } = options;
    const { core } = this.#engine;
    this.#graceS = graceS;
    this.#flushS = flushS;
    await this.#endOfStart(new TimeBudget(core, graceS));
    if (this.#state === 'created' || this.#state === 'stopped') return this.#stopUnstarted();
    if (drainS > 0) {
      this.#state = 'draining';
      await drainFlow(this.#engine, drainS);
    }
    this.#state = 'stopping';
    this.#engine.watch.stop();
    const result = await endFlow(this.#engine, this.#lifecycle, this.#parts, { graceS, flushS });
    this.#state = 'stopped';
    return result;
  }

  /** Ends a flow that was never started, or whose start failed; what it built may be disposed already. */
  async #stopUnstarted(): Promise<StopResult> {
    const isNew = this.#state === 'created';
    this.#state = 'stopped';
    const stuckNodes = isNew ? await endUnstarted(this.#engine.core, this.#parts, this.#graceS) : this.#leftByStart;
    return { drained: stuckNodes.length === 0, dropped: 0, stuckNodes, unflushed: [] };
  }

  /** Waits until the start is over; when there is no time left, without the hook that runs. */
  async #endOfStart(grace: TimeBudget): Promise<void> {
    const started = this.#started?.catch(() => {});
    if (started === undefined || this.#state !== 'starting' || (await grace.holds(started))) return;
    this.#lifecycle.giveUpStart(stoppedError(this.name));
    await started;
  }

  #mustRun(what: string): void {
    if (this.#state !== 'running' && this.#state !== 'draining') throw notUsable(this.name, this.#state, what);
  }

  #mustTakeInput(what: string): void {
    if (this.#state === 'running' && this.#stopped === undefined) return;
    this.#mustRun(what);
    if (this.#stopped !== undefined) throw stoppedError(this.name);
  }
}
