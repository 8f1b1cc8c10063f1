import type { FlowError } from '../../errors/flow-error.js';
import { EVENT_BIT } from '../../events/event-bus.js';
import type { Envelope } from '../trace/envelope.js';
import type { FlowCore } from './flow-core.js';
import { accountOf } from './run-story.js';

/**
 * Brings the failure of a trace to whoever waits for it, else to a `results()` that is open, else to a `fetch` that names no trace and
 * may see failures. That of a scoped run is kept for those who name its trace id. When there is nobody, it is counted, kept for a `fetch` that comes late, and logged. Then ends the rest of the run
 * where nobody can want it any more.
 *
 * @param about - the envelope of the message that failed, or the run, which is one
 */
export function failTrace(core: FlowCore, about: Envelope, error: FlowError): void {
  const { trace } = about;
  const isAnswered = trace.owned && !core.traces.isAwaited(trace);
  accountOf(core, trace)?.fail(error, isAnswered);
  trace.failed = true;
  const { afterFailure } = core.plan;
  const waited = core.traces.reject(trace, error);
  if (!waited) deliverUnclaimed(core, about, error);
  // Whoever gathers failures as well waits on.
  if (trace.reader?.isOver === false) return;
  if (afterFailure === 'cancel' || (waited && trace.owned && afterFailure === undefined)) core.endRest(trace, error);
}

function deliverUnclaimed(core: FlowCore, about: Envelope, error: FlowError): void {
  const { trace } = about;
  const { egress } = core;
  if (trace.owned) {
    // Whoever calls has been told already that the time is up.
    if (error.code === 'DEADLINE_EXCEEDED') return;
    egress.failures.counted++;
  } else {
    const isScoped = core.traces.isScoped(trace);
    if (!isScoped && egress.offerFailure(about, error)) return;
    egress.failures.keep(trace, error, isScoped);
  }
  logUnclaimed(core, { id: trace.id, tenant: about.headers.tenant }, error);
}

/** Logs a failure that nobody waited for, unless a listener has `node_failed` already. */
export function logUnclaimed(
  { bus, log, plan }: Pick<FlowCore, 'bus' | 'log' | 'plan'>,
  { id, tenant }: { readonly id: string; readonly tenant: string },
  error: FlowError,
): void {
  if ((bus.mask & EVENT_BIT.node_failed) !== 0) return;
  const { nodeName, nodeId } = error;
  const reserved = { trace_id: id, flow_name: plan.flowName, node_name: nodeName, node_id: nodeId, tenant };
  log.write('error', error.message, { flow_error: error.toPayload() }, reserved);
}
