import type { EventPlace } from '../core/flow-events.js';
import type { WiredFlow } from './wired-flow.js';

/** What events and `ctx.source` call the ingress. */
export const OPEN_SEA = 'OpenSea';

/** The ingress (OpenSea) as the place of an event. */
export function ingressPlace(flow: Pick<WiredFlow, 'ingress'>): EventPlace {
  return {
    name: OPEN_SEA,
    id: OPEN_SEA,
    queueDepthIn: 0,
    queueDepthOut: flow.ingress.depth,
    outgoingEdges: flow.ingress.size,
  };
}

/** The egress (Rookery) as the place of an event. */
export function egressPlace(flow: Pick<WiredFlow, 'core'>): EventPlace {
  return { name: 'Rookery', id: 'Rookery', queueDepthIn: flow.core.egress.size, queueDepthOut: 0, outgoingEdges: 0 };
}
