import type { FlowError, FlowPart } from '../index.js';
import type { CarrierState } from './carrier/carrier.js';

/**
 * Tells of what went wrong at the engine, as an event of the flow.
 *
 * @param who - what the event says of this process: `worker_id` or `client_id`
 */
export function tellProblem(
  part: FlowPart,
  who: Readonly<Record<string, string>>,
  { state }: CarrierState,
  problem: FlowError,
): void {
  const { code, message, metadata } = problem;
  const count = metadata['count'];
  const told = { state, detail: message, error_code: code, ...who };
  const extra = count === undefined ? told : { ...told, count };
  publish(part, extra);
}

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
  publish(part, extra);
}

function publish(part: FlowPart, extra: Readonly<Record<string, unknown>>): void {
  part.publish({ eventType: 'carrier_state', nodeName: null, traceId: null, tenant: null, extra });
}
