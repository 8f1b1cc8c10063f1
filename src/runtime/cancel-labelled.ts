import { DEFAULT_TENANT } from '../message/headers.js';
import { cancelTraces } from './control/cancel-trace.js';
import type { WiredFlow } from './control/wired-flow.js';
import { whyOfOthers } from './fetch-result.js';

/**
 * Cancels every run of a trace id and tenant; false when there is none.
 *
 * @throws FlowError `TENANT_REQUIRED`
 */
export function cancelLabelled(flow: WiredFlow, traceId: string, tenant: string | undefined, what: string): boolean {
  const { core } = flow;
  const runs = core.traces.labelled(traceId, tenant ?? DEFAULT_TENANT);
  const refused = runs.length === 0 ? whyOfOthers(core, traceId, tenant, what) : undefined;
  if (refused !== undefined) throw refused;
  cancelTraces(flow, runs, 'cancel() was called');
  return runs.length !== 0;
}
