import { FlowEvent, type FlowEventInit } from '#src/events/flow-event.js';
import type { FlowEventType } from '#src/events/flow-event-type.js';

export const TRACE = '0123456789abcdef0123456789abcdef';

/** An event of node `Price` in flow `Orders`, with some facts replaced. */
export function flowEvent(eventType: FlowEventType, change: Partial<FlowEventInit> = {}): FlowEvent {
  return new FlowEvent({
    eventType,
    ts: 1_760_000_000.5,
    flowName: 'Orders',
    nodeName: 'Price',
    nodeId: 'price-1',
    traceId: TRACE,
    tenant: 'acme',
    runId: 1,
    attempt: 0,
    latencyMs: 1.25,
    queueDepthIn: 0,
    queueDepthOut: 1,
    outgoingEdges: 1,
    queueMaxsize: 64,
    tracePending: 1,
    traceInflight: 1,
    traceCancelled: false,
    ...change,
  });
}
