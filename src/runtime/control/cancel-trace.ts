import { FlowError } from '../../errors/flow-error.js';
import { withoutFrames } from '../../errors/without-frames.js';
import { inSlices } from '../../scheduling/in-slices.js';
import type { FlowCore } from '../core/flow-core.js';
import { accountOf } from '../core/run-story.js';
import { dropHolds } from '../core/trace-holds.js';
import type { TraceRecord } from '../trace/trace-record.js';
import { workerBehind } from './run-parts.js';
import { endRun } from './sweep-run.js';
import type { WiredFlow } from './wired-flow.js';

/** Runs that are cancelled between two looks at the clock. */
const PER_PART = 16;

/** Cancels several runs: at once, and where they are very many the rest of them in the next turns of the event loop. */
export function cancelTraces(flow: WiredFlow, runs: readonly TraceRecord[], reason: string): void {
  inSlices(runs, PER_PART, (part) => {
    for (const run of part) if (!run.ended) cancelTrace(flow, run, reason);
  });
}

/**
 * Cancels a run: its waiters are rejected, what waits for room is taken out of the line, what runs is interrupted, and what is
 * queued is gone. `trace_cancel_finish` has been published when this returns.
 *
 * @param reason - completes a `TRACE_CANCELLED`, or is the error for all of them itself
 */
export function cancelTrace(flow: WiredFlow, run: TraceRecord, reason: string | FlowError): void {
  const { core } = flow;
  // While the rest of a failed run is ended, it is cancelled, too.
  if (run.cancelled) return;
  run.cancelled = true;
  core.traces.cancelled++;
  accountOf(core, run)?.cancel(typeof reason === 'string' ? reason : reason.message, run.pending);
  core.traces.closeToJoins(run);
  dropHolds(run);
  flow.ingressEvents.publish('trace_cancel_start', run, { extra: { pending: run.pending } });
  const error = typeof reason === 'string' ? cancelledError(core, run, reason) : reason;
  core.traces.reject(run, error);
  endRun(flow, run, error, (wait) => workerBehind(flow, wait)?.events.publish('trace_cancel_drop', run));
}

/** The error for whoever waits for a run that was cancelled. */
export function cancelledError({ plan }: FlowCore, { id }: TraceRecord, reason: string): FlowError {
  const message = `Trace ${id} of flow "${plan.flowName}" was cancelled: ${reason}`;
  return withoutFrames(() => new FlowError('TRACE_CANCELLED', { message, traceId: id }));
}
