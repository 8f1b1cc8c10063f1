import type { FlowCore } from '../core/flow-core.js';
import { PlaceEvents } from '../core/place-events.js';
import type { Ingress } from '../node/ingress.js';

/** What events and `ctx.source` call the ingress. */
export const OPEN_SEA = 'OpenSea';

/** What events call the egress. */
const ROOKERY = 'Rookery';

/** The events of the ingress (OpenSea). */
export function ingressEvents(core: FlowCore, { floes, size }: Ingress): PlaceEvents {
  return new PlaceEvents(core, { name: OPEN_SEA, id: OPEN_SEA, before: [], behind: floes, outgoingEdges: size });
}

/** The events of the egress (Rookery). */
export function egressEvents(core: FlowCore): PlaceEvents {
  return new PlaceEvents(core, { name: ROOKERY, id: ROOKERY, before: [core.egress], behind: [], outgoingEdges: 0 });
}
