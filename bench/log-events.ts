import type { FlowEvent, FlowEventInit } from 'penguiflow';

/** The trace that the events belong to. */
export const TRACE = '0123456789abcdef0123456789abcdef';

/**
 * A thousand events with fifteen fields each, so that no logger sees one line again and again.
 *
 * @param EventClass - of the copy that is measured: the bundle, or the modules it is made of
 */
export function flowEvents(
  EventClass: new (init: FlowEventInit) => FlowEvent,
  eventType: FlowEvent['eventType'],
  more?: Partial<FlowEventInit>,
): FlowEvent[] {
  return Array.from(
    { length: 1000 },
    (_, n) =>
      new EventClass({
        eventType,
        ts: 1_763_829_123.123 + n / 1000,
        flowName: 'Orders',
        nodeName: 'Price',
        nodeId: 'price-1',
        traceId: TRACE,
        runId: 1,
        tenant: 'acme',
        attempt: 0,
        latencyMs: 1.234 + n,
        queueDepthIn: 0,
        queueDepthOut: 1,
        outgoingEdges: 1,
        queueMaxsize: 64,
        tracePending: null,
        traceInflight: 1,
        traceCancelled: false,
        ...more,
      }),
  );
}
