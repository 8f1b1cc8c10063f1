import { EVENT_BIT, EVENT_INDEX, type EventBus } from '../../events/event-bus.js';
import { FlowEvent } from '../../events/flow-event.js';
import type { FlowEventType } from '../../events/flow-event-type.js';
import type { FlowSpan } from '../../ports/flow-tracer.js';
import { together, type Sized } from '../../queue/depth-of.js';
import type { RunQueue } from '../../scheduling/run-queue.js';
import type { TurnClock } from '../../scheduling/turn-clock.js';
import type { Envelope } from '../trace/envelope.js';
import type { FlowCore } from './flow-core.js';

/** Where events happen: a node, or an end of the flow. */
export interface Place {
  /** Both null for the flow as a whole. */
  readonly name: string | null;
  readonly id: string | null;
  /** What holds the messages that wait before it, and behind it. */
  readonly before: readonly Sized[];
  readonly behind: readonly Sized[];
  readonly outgoingEdges: number;
}

/** Whose an event is that comes when its run may be gone, or that is of no run: both null. */
export interface EventOwner {
  readonly traceId: string | null;
  readonly tenant: string | null;
  readonly runId: number | null;
}

/** What else an event says. */
export interface EventFacts {
  /** @defaultValue 0 */
  readonly attempt?: number;
  /** @defaultValue null */
  readonly latencyMs?: number | null;
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly error?: unknown;
  /** @defaultValue that of the trace */
  readonly span?: FlowSpan | undefined;
  /** The payload of the message that the event is about. */
  readonly payload?: unknown;
}

/**
 * The events of one place. Every event of the runtime is built here.
 *
 * What all events of a place say is looked up once: read anew each time, it made half of what an event costs.
 */
export class PlaceEvents {
  readonly #bus: EventBus;
  readonly #runQueue: RunQueue;
  readonly #time: TurnClock;
  readonly #flowName: string;
  readonly #queueMaxsize: number;
  readonly #name: string | null;
  readonly #id: string | null;
  readonly #before: Sized;
  readonly #behind: Sized;
  readonly #outgoingEdges: number;

  constructor({ bus, runQueue, time, plan }: FlowCore, place: Place) {
    this.#bus = bus;
    this.#runQueue = runQueue;
    this.#time = time;
    this.#flowName = plan.flowName;
    this.#queueMaxsize = plan.queueMaxsize;
    this.#name = place.name;
    this.#id = place.id;
    this.#before = together(place.before);
    this.#behind = together(place.behind);
    this.#outgoingEdges = place.outgoingEdges;
  }

  /** Messages that wait before the place. */
  get queueDepthIn(): number {
    return this.#before.size;
  }

  /** Messages that wait behind it. */
  get queueDepthOut(): number {
    return this.#behind.size;
  }

  /**
   * Publishes an event, if somebody listens to its type.
   *
   * @param about - the envelope of the message that it is about, or the run, which is one
   */
  publish(type: FlowEventType, about: Envelope, facts: EventFacts = {}): void {
    if ((this.#bus.mask & EVENT_BIT[type]) === 0) return;
    const { attempt = 0, latencyMs = null, span, payload } = facts;
    this.publishFast(type, EVENT_INDEX[type], about, attempt, latencyMs, span, payload, facts);
  }

  /** `publish` for what is of no run, or of one that may be gone. */
  publishApart(eventType: FlowEventType, { traceId, tenant, runId }: EventOwner, facts: EventFacts): void {
    if ((this.#bus.mask & EVENT_BIT[eventType]) === 0) return;
    const event = new FlowEvent({
      ts: this.#time.nowS(),
      eventType,
      flowName: this.#flowName,
      nodeName: this.#name,
      nodeId: this.#id,
      traceId,
      tenant,
      runId,
      attempt: facts.attempt ?? 0,
      latencyMs: facts.latencyMs ?? null,
      queueDepthIn: this.#before.size,
      queueDepthOut: this.#behind.size,
      outgoingEdges: this.#outgoingEdges,
      queueMaxsize: this.#queueMaxsize,
      tracePending: null,
      traceInflight: 0,
      traceCancelled: false,
      payload: facts.payload,
      correlation: undefined,
      extra: facts.extra,
      error: undefined,
    });
    this.#bus.publish(event, EVENT_INDEX[eventType]);
    this.#runQueue.userCodeRan();
  }

  /**
   * `publish` for a caller that has asked whether anybody listens and has everything at hand.
   *
   * @param index - that of the type
   */
  publishFast(
    eventType: FlowEventType,
    index: number,
    about: Envelope,
    attempt: number,
    latencyMs: number | null,
    span: FlowSpan | undefined,
    payload: unknown,
    more?: EventFacts,
  ): void {
    const { trace } = about;
    const event = new FlowEvent({
      // First, because it may call the clock; the rest is read in one go.
      ts: this.#time.nowS(),
      eventType,
      flowName: this.#flowName,
      nodeName: this.#name,
      nodeId: this.#id,
      traceId: trace.id,
      tenant: about.headers.tenant,
      runId: trace.run,
      attempt,
      latencyMs,
      queueDepthIn: this.#before.size,
      queueDepthOut: this.#behind.size,
      outgoingEdges: this.#outgoingEdges,
      queueMaxsize: this.#queueMaxsize,
      tracePending: trace.pending,
      traceInflight: trace.inflight - trace.retrying,
      traceCancelled: trace.cancelled,
      payload,
      correlation: (span ?? trace.span)?.logFields,
      extra: more?.extra,
      error: more?.error,
    });
    this.#bus.publish(event, index);
    // Listeners are user code, too: the next attempt must not pay for a slow one.
    this.#runQueue.userCodeRan();
  }
}
