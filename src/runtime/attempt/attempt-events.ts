import { EVENT_INDEX, type EventBus } from '../../events/event-bus.js';
import { FlowEvent } from '../../events/flow-event.js';
import type { AttemptSpan } from '../../ports/flow-tracer.js';
import { together, type Sized } from '../../queue/depth-of.js';
import type { Parcel } from '../trace/envelope.js';
import type { FlowCore } from '../core/flow-core.js';
import type { RunQueue } from '../../scheduling/run-queue.js';
import type { TurnClock } from '../../scheduling/turn-clock.js';

const NODE_START = EVENT_INDEX.node_start;
const NODE_SUCCESS = EVENT_INDEX.node_success;

/**
 * Tells of the attempts of one node: the two events of every message.
 *
 * What all of them say is looked up once and kept here, in one object: read anew from the node, its plan and its flow, it
 * made half of what an event costs.
 */
export class AttemptEvents {
  readonly #bus: EventBus;
  readonly #runQueue: RunQueue;
  readonly #time: TurnClock;
  readonly #flowName: string;
  readonly #queueMaxsize: number;
  readonly #nodeName: string;
  readonly #nodeId: string;
  readonly #before: Sized;
  readonly #behind: Sized;
  readonly #outgoingEdges: number;

  constructor(
    { bus, runQueue, time, plan }: FlowCore,
    { name, id }: { readonly name: string; readonly id: string },
    inputs: readonly Sized[],
    outputs: readonly Sized[],
    outgoingEdges: number,
  ) {
    this.#bus = bus;
    this.#runQueue = runQueue;
    this.#time = time;
    this.#flowName = plan.flowName;
    this.#queueMaxsize = plan.queueMaxsize;
    this.#nodeName = name;
    this.#nodeId = id;
    this.#before = together(inputs);
    this.#behind = together(outputs);
    this.#outgoingEdges = outgoingEdges;
  }

  /** Messages that wait before the node. */
  get queueDepthIn(): number {
    return this.#before.size;
  }

  /** Messages that wait behind it. */
  get queueDepthOut(): number {
    return this.#behind.size;
  }

  /** An attempt begins; the caller has asked whether anybody listens. */
  started(parcel: Parcel, attempt: number, span: AttemptSpan | undefined): void {
    this.#tell('node_start', NODE_START, parcel, attempt, span, 0);
  }

  /** An attempt has succeeded; the caller has asked whether anybody listens. */
  succeeded(parcel: Parcel, attempt: number, span: AttemptSpan | undefined, latencyMs: number | null): void {
    this.#tell('node_success', NODE_SUCCESS, parcel, attempt, span, latencyMs);
  }

  #tell(
    eventType: 'node_start' | 'node_success',
    index: number,
    parcel: Parcel,
    attempt: number,
    span: AttemptSpan | undefined,
    latencyMs: number | null,
  ): void {
    const { trace } = parcel.envelope;
    const event = new FlowEvent({
      // First, because it may call the clock; the rest is read in one go.
      ts: this.#time.nowS(),
      eventType,
      flowName: this.#flowName,
      nodeName: this.#nodeName,
      nodeId: this.#nodeId,
      traceId: trace.id,
      tenant: trace.tenant,
      attempt,
      latencyMs,
      queueDepthIn: this.#before.size,
      queueDepthOut: this.#behind.size,
      outgoingEdges: this.#outgoingEdges,
      queueMaxsize: this.#queueMaxsize,
      tracePending: trace.pending,
      traceInflight: trace.inflight,
      traceCancelled: trace.cancelled,
      payload: parcel.payload,
      correlation: (span ?? trace.span)?.logFields,
    });
    this.#bus.publish(event, index);
    // Listeners are user code, too: the next attempt must not pay for a slow one.
    this.#runQueue.userCodeRan();
  }
}
