import type { FlowCore } from '../core/flow-core.js';
import { PlaceEvents } from '../core/place-events.js';
import type { Ingress } from '../node/ingress.js';
import type { WiredFlow } from './wired-flow.js';

/** What events and `ctx.source` call the ingress. */
export const OPEN_SEA = 'OpenSea';

/** What events call the egress. */
export const ROOKERY = 'Rookery';

/** The events of the ingress (OpenSea). */
export function ingressEvents(core: FlowCore, { floes, size }: Ingress): PlaceEvents {
  return new PlaceEvents(core, { name: OPEN_SEA, id: OPEN_SEA, before: [], behind: floes, outgoingEdges: size });
}

/** The events of the flow as a whole. */
export function flowEvents({ core, workers }: Pick<WiredFlow, 'core' | 'workers'>): PlaceEvents {
  const before = workers.flatMap(({ inputs }) => inputs);
  return new PlaceEvents(core, { name: null, id: null, before, behind: [core.egress], outgoingEdges: 0 });
}

/** The events of the egress (Rookery). */
export function egressEvents(core: FlowCore): PlaceEvents {
  return new PlaceEvents(core, { name: ROOKERY, id: ROOKERY, before: [core.egress], behind: [], outgoingEdges: 0 });
}

/** The owner of an event that is of no run. */
export const NO_RUN = Object.freeze({ traceId: null, tenant: null, runId: null });
