import { frozenMeta } from '../message/headers.js';
import { EVENT_BIT } from '../events/event-bus.js';
import type { FlowEventType } from '../events/flow-event-type.js';
import type { FlowListener } from '../events/flow-listener.js';
import type { MiddlewareRef } from '../events/middleware-ref.js';
import type { FlowPlan } from '../graph/flow-plan.js';
import type { Clock } from '../ports/clock.js';
import type { Arrival, ArrivalHost, ArrivedRun } from './border/arrival.js';
import { PartReader } from './border/part-reader.js';
import { cancelTrace } from './control/cancel-trace.js';
import { handBackRun } from './control/hand-back.js';
import { PlaceEvents } from './core/place-events.js';
import type { FlowEngine } from './flow-engine.js';
import type { FlowHealth } from './flow-health.js';
import type { CarrierEvent, FlowPart } from './flow-part.js';
import type { FlowRecorder } from './flow-recorder.js';
import { FlowRuntime } from './flow-runtime.js';
import type { FlowSnapshot, FlowState } from './flow-snapshot.js';
import { floesBefore } from './node/injection.js';
import { notUsable } from './not-usable.js';
import type { ListenerHandle } from './penguiflow.js';
import type { CancelOptions } from './emit-options.js';
import { PartRoot, readRequest } from './part-root.js';
import type { RootHost, RootName, RootRequest, RootRun, RootStart } from './root-run.js';
import type { RunOptions } from './run-options.js';
import type { StopOptions, StopResult } from './stop-options.js';
import { Deadline } from './trace/deadline.js';
import { Envelope, Parcel } from './trace/envelope.js';
import type { RunAccount } from './trace/run-account.js';
import { SentMessage } from './trace/sent-message.js';
import type { TraceRecord } from './trace/trace-record.js';

/** A flow of which a part runs here. */
export class PartRuntime implements FlowPart {
  readonly #flow: FlowRuntime<never, unknown>;
  readonly #engine: FlowEngine;

  constructor(flow: FlowRuntime<never, unknown>) {
    this.#flow = flow;
    this.#engine = FlowRuntime.engineOf(flow);
  }

  get name(): string {
    return this.#flow.name;
  }

  get plan(): FlowPlan {
    return this.#flow.plan;
  }

  get clock(): Clock {
    return this.#engine.core.clock;
  }

  get state(): FlowState {
    return this.#flow.state;
  }

  run(options?: RunOptions): Promise<void> {
    return this.#flow.run(options);
  }

  stop(options?: StopOptions): Promise<StopResult> {
    return this.#flow.stop(options);
  }

  on(eventType: FlowEventType | '*', listener: FlowListener): ListenerHandle {
    return this.#flow.on(eventType, listener);
  }

  use(middleware: MiddlewareRef): ListenerHandle {
    return this.#flow.use(middleware);
  }

  record(recorder: FlowRecorder): ListenerHandle {
    return this.#flow.record(recorder);
  }

  snapshot(): FlowSnapshot {
    return this.#flow.snapshot();
  }

  health(): FlowHealth {
    return this.#flow.health();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  arrive(arrival: Arrival, host: ArrivalHost): ArrivedRun {
    const { state } = this;
    const what = 'arrive()';
    if (state !== 'running' && state !== 'draining') throw notUsable(this.name, state, what);
    const { core, ingress, story, workers } = this.#engine;
    const floes = floesBefore(workers, arrival.to, arrival.from, `${what} of flow "${this.name}"`);
    const run = this.#begin(arrival);
    const discard = (parcel: Parcel): void => core.egress.discard(parcel);
    const { afterFailure } = core.plan;
    const endsOnFailure = afterFailure === 'cancel' || (afterFailure === undefined && arrival.isCall);
    const isRedelivered = arrival.part.redelivered;
    const firstAttempt = arrival.attempt;
    const reader = new PartReader(core.traces, discard, { host, isRedelivered, endsOnFailure, firstAttempt });
    reader.run = run;
    run.reader = reader;
    story.begin(run, 'part', true, { part: arrival.part });
    const arrived = {
      get hasBegun(): boolean {
        return (run.account as RunAccount).attempts !== 0;
      },
      room: (): void => this.#inTurn(() => reader.room()),
      handBack: (): void => {
        if (!run.ended) handBackRun(this.#engine, run);
      },
      cancel: (reason: Parameters<ArrivedRun['cancel']>[0]): void => {
        if (!run.ended) cancelTrace(this.#engine, run, reason);
      },
    };
    // A listener may have cancelled it as it began.
    if (run.ended) return arrived;
    const parcel = this.#parcel(arrival, run);
    reader.arrived = parcel;
    if (firstAttempt > 0) {
      for (const { inputs, deferredStart } of workers) {
        if (inputs.some((floe) => floes.includes(floe))) deferredStart.expectResumed();
      }
    }
    const waiting = ingress.emit(parcel, floes);
    // Whoever ends the run tells its host.
    waiting?.done.catch(() => {});
    return arrived;
  }

  room(node: string): void {
    this.#inTurn(() => {
      for (const border of this.#engine.borders) if (border.to === node) border.room();
    });
  }

  cancel(traceId: string, options?: CancelOptions): boolean {
    return this.#flow.cancel(traceId, options);
  }

  request(start: RootStart): RootRequest {
    const { state } = this;
    if (state !== 'running') throw notUsable(this.name, state, `${start.kind}()`);
    return readRequest(this.#engine, start);
  }

  begin(request: RootRequest, name: RootName, host: RootHost): RootRun {
    return PartRoot.begin(request, name, host);
  }

  hears(eventType: FlowEventType): boolean {
    return (this.#engine.core.bus.mask & EVENT_BIT[eventType]) !== 0;
  }

  publish({ eventType, nodeName, traceId, tenant, extra }: CarrierEvent): void {
    const { core, workers } = this.#engine;
    const worker = workers.find(({ name }) => name === nodeName);
    const place = { name: nodeName, id: worker?.id ?? null, before: [], behind: [], outgoingEdges: 0 };
    const events = worker?.events ?? new PlaceEvents(core, place);
    events.publishApart(eventType, { traceId, tenant, runId: null }, { extra });
  }

  #inTurn(body: () => void): void {
    const { runQueue } = this.#engine.core;
    runQueue.enter();
    try {
      body();
    } finally {
      runQueue.leave();
    }
  }

  #begin({ traceId, headers, meta, timeoutS }: Arrival): TraceRecord {
    const { clock, traces } = this.#engine.core;
    const deadline = Deadline.of(undefined, timeoutS, clock);
    const facts = { headers, deadline, meta: frozenMeta(meta), emittedMs: clock.now() };
    const run = traces.begin(facts, traceId);
    run.owned = true;
    return run;
  }

  /** In an envelope of its own, because it may be a piece of a stream and was made some time ago. */
  #parcel({ payload, ts, piece, key }: Arrival, run: TraceRecord): Parcel {
    const { core } = this.#engine;
    const account = run.account as RunAccount;
    const sent = SentMessage.fromOutside(account.sends(), core.time.nowMs(), payload, key);
    account.first ??= sent;
    return new Parcel(payload, new Envelope(run, run.headers, run.deadline, run.meta, ts, piece), undefined, sent);
  }
}
