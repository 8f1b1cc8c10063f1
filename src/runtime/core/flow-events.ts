import { EVENT_BIT } from '../../events/event-bus.js';
import { FlowEvent } from '../../events/flow-event.js';
import type { FlowEventType } from '../../events/flow-event-type.js';
import type { FlowSpan } from '../../ports/flow-tracer.js';
import type { FlowCore } from './flow-core.js';
import type { TraceRecord } from '../trace/trace-record.js';

/** Where an event happened, and the depths there. */
export interface EventPlace {
  readonly name: string;
  readonly id: string;
  readonly queueDepthIn: number;
  readonly queueDepthOut: number;
  readonly outgoingEdges: number;
}

/** What else an event says. */
export interface EventFacts {
  readonly attempt?: number;
  readonly latencyMs?: number | null;
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly error?: unknown;
  /** @defaultValue that of the trace */
  readonly span?: FlowSpan | undefined;
  /** The payload of the message that the event is about. */
  readonly payload?: unknown;
}

/** Whether anybody listens to events of that type; ask before computing what goes into one. */
export function isWanted(core: FlowCore, type: FlowEventType): boolean {
  return (core.bus.mask & EVENT_BIT[type]) !== 0;
}

/** Builds an event and hands it to the bus, if somebody listens to its type. */
export function publish(
  core: FlowCore,
  type: FlowEventType,
  place: EventPlace,
  trace: TraceRecord,
  facts: EventFacts = {},
): void {
  if (!isWanted(core, type)) return;
  const { attempt = 0, latencyMs = null, payload, span = trace.span, extra, error } = facts;
  const event = new FlowEvent({
    eventType: type,
    ts: core.time.nowS(),
    flowName: core.plan.flowName,
    nodeName: place.name,
    nodeId: place.id,
    traceId: trace.id,
    tenant: trace.tenant,
    attempt,
    latencyMs,
    queueDepthIn: place.queueDepthIn,
    queueDepthOut: place.queueDepthOut,
    outgoingEdges: place.outgoingEdges,
    queueMaxsize: core.plan.queueMaxsize,
    tracePending: trace.pending,
    traceInflight: trace.inflight,
    traceCancelled: trace.cancelled,
    payload,
    extra,
    error,
    correlation: span?.logFields,
  });
  core.bus.publish(event);
  // Listeners are user code, too: the next attempt must not pay for a slow one.
  core.runQueue.userCodeRan();
}
