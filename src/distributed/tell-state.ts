import type { FlowPart } from '../index.js';
import type { CarrierState } from './carrier/carrier.js';

/**
 * Tells how the engine is, as an event of the flow.
 *
 * @param who - what the event says of this process: `worker_id` or `client_id`
 */
export function tellState(
  part: FlowPart,
  who: Readonly<Record<string, string>>,
  { state, detail }: CarrierState,
): void {
  const extra = { state, ...who, ...(detail === undefined ? undefined : { detail }) };
  part.publish({ eventType: 'carrier_state', nodeName: null, traceId: null, tenant: null, extra });
}
