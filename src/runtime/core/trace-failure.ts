import type { FlowError } from '../../errors/flow-error.js';
import { EVENT_BIT } from '../../events/event-bus.js';
import type { FlowCore } from './flow-core.js';
import { NOWHERE, type Outlet } from '../routing/outlet.js';
import type { Envelope } from '../trace/envelope.js';

/**
 * Brings the failure of a trace to whoever waits for it: rejects the waiters, or returns the egress as the outlet for it
 * while somebody reads `results()`. Otherwise a `fetch` that names no trace is rejected with it, where `deliverFailures`
 * allows that. When nobody waits, it is counted and remembered for a `fetch` that comes late, and logged unless a listener
 * has `node_failed` already.
 *
 * @param about - the envelope of the message that failed, or the run, which is one
 */
export function failTrace(core: FlowCore, about: Envelope, error: FlowError): readonly Outlet[] {
  const { trace } = about;
  const { afterFailure } = core.plan;
  const waited = core.traces.reject(trace, error);
  const outlets = waited ? NOWHERE : deliverUnclaimed(core, about, error);
  if (afterFailure === 'cancel' || (waited && trace.owned && afterFailure === undefined)) core.endRest(trace, error);
  return outlets;
}

function deliverUnclaimed(core: FlowCore, about: Envelope, error: FlowError): readonly Outlet[] {
  const { trace } = about;
  if (trace.owned) {
    // Whoever calls has been told already that the time is up.
    if (error.code === 'DEADLINE_EXCEEDED') return NOWHERE;
    core.traces.unclaimedFailures++;
  } else {
    if (core.egress.readers !== 0) return [core.egress];
    if (core.plan.deliverFailures && core.egress.rejectFirst(error)) return NOWHERE;
    core.traces.remember(trace, error, core.egress.arrived);
  }
  if ((core.bus.mask & EVENT_BIT.node_failed) === 0) {
    core.log.write(
      'error',
      error.message,
      { flow_error: error.toPayload() },
      {
        trace_id: trace.id,
        flow_name: core.plan.flowName,
        node_name: error.nodeName,
        node_id: error.nodeId,
        tenant: about.headers.tenant,
      },
    );
  }
  return NOWHERE;
}
