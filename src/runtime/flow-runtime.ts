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
import { checkEmitOptions, checkFetchOptions, type EmitOptions, type FetchOptions } from './emit-options.js';
import { FlowEngine } from './flow-engine.js';
import { DEFAULT_GRACE_S, FlowLifecycle, waitUntil } from './flow-lifecycle.js';
import type { FlowParts } from './flow-parts.js';
import type { FlowHealth } from './flow-health.js';
import type { FlowSnapshot, FlowState } from './flow-snapshot.js';
import { snapshotOf } from './take-snapshot.js';
import type { FlowStream } from './egress/flow-stream.js';
import { FlowClient } from './flow-client.js';
import type { ListenerHandle, PenguiFlow } from './penguiflow.js';
import { stoppedError } from './control/halt-flow.js';
import type { PlaybookFlow } from './playbooks.js';
import { takeMessage, takePayload, type TakeResult } from './trace/result-waiter.js';
import type { FlowResult } from './egress/flow-result.js';
import { ResultsReader } from './egress/results-reader.js';
import { stopFlow } from './stop-flow.js';
import { checkStopOptions, type StopOptions, type StopResult } from './stop-options.js';
import { healthOf } from './take-health.js';

/** Makes the flow of a playbook; its events go to `observer` as well. */
export type PlaybookOpener = (flowClass: Function, observer: EventBus) => PlaybookFlow;

/** The flow behind a handle: its engine, its life cycle and its clients. */
export class FlowRuntime<in In, out Out> implements PenguiFlow<In, Out> {
  readonly #parts: FlowParts;
  readonly #engine: FlowEngine;
  readonly #lifecycle: FlowLifecycle;
  readonly #client: FlowClient;
  #state: FlowState = 'created';
  #started: Promise<void> | undefined;
  #stopped: Promise<StopResult> | undefined;

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

  get plan(): FlowPlan {
    return this.#parts.plan;
  }

  get state(): FlowState {
    return this.#state;
  }

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

  emit(payload: In | Message<In>, options?: EmitOptions): Promise<string> {
    try {
      this.#mustTakeInput('emit()');
      if (options !== undefined) checkEmitOptions(options, `emit() of flow "${this.name}"`);
      return this.#client.emit(payload, options);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  tryEmit(payload: In | Message<In>, options?: Omit<EmitOptions, 'signal'>): boolean {
    this.#mustTakeInput('tryEmit()');
    checkEmitOptions(options, `tryEmit() of flow "${this.name}"`);
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
      if (options !== undefined) checkEmitOptions(options, `call() of flow "${this.name}"`);
      return this.#client.call(payload, options) as Promise<Out>;
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  stream(payload: In | Message<In>, options?: EmitOptions): FlowStream<Out> {
    this.#mustTakeInput('stream()');
    checkEmitOptions(options, `stream() of flow "${this.name}"`);
    return this.#client.stream<Out>(payload, options);
  }

  results(): AsyncIterableIterator<FlowResult<Out>> {
    return new ResultsReader<Out>(
      this.#engine.core.egress,
      () => this.#state === 'stopped' || this.#state === 'stopping',
    );
  }

  cancel(traceId: string): boolean {
    this.#mustRun('cancel()');
    const trace = this.#engine.core.traces.get(traceId);
    if (trace === undefined) return false;
    cancelTrace(this.#engine, trace, 'cancel() was called');
    return true;
  }

  stop(options: StopOptions = {}): Promise<StopResult> {
    try {
      checkStopOptions(options, `stop() of flow "${this.name}"`);
    } catch (error) {
      return Promise.reject(error as Error);
    }
    this.#stopped ??= this.#stop(options);
    return this.#stopped;
  }

  on(eventType: FlowEventType | '*', listener: FlowListener): ListenerHandle {
    if (eventType !== '*' && !FLOW_EVENT_TYPES.includes(eventType)) {
      throw invalidOption('eventType', 'on()', `one of ${FLOW_EVENT_TYPES.join(', ')} or '*'`, eventType);
    }
    if (typeof listener !== 'function') throw invalidOption('listener', 'on()', 'a function', listener);
    const types = eventType === '*' ? undefined : [eventType];
    return subscription([this.#engine.core.bus.attach({ name: listener.name || `on(${eventType})`, types, listener })]);
  }

  use(middleware: MiddlewareRef): ListenerHandle {
    return subscription(subscriptionsOf(middleware).map((each) => this.#engine.core.bus.attach(each)));
  }

  snapshot(): FlowSnapshot {
    return snapshotOf(this.#engine, this.#state);
  }

  health(): FlowHealth {
    return healthOf(this.#engine, this.#state);
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
      if (state === 'stopping') this.#client.stop();
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
