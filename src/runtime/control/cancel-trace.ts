import { FlowError } from '../../errors/flow-error.js';
import { dropQueued, type DropRequest } from './drop-queued.js';
import type { Parcel } from '../trace/envelope.js';
import { dropHolds } from '../core/trace-holds.js';
import type { TraceRecord } from '../trace/trace-record.js';
import type { WiredFlow } from './wired-flow.js';
import { SlotState } from '../attempt/current-attempt.js';

/**
 * Cancels a trace: its waiters are rejected, what is queued or waits for room is dropped, what runs is interrupted.
 * Everything of it is gone when this returns, and `trace_cancel_finish` has been published.
 */
export function cancelTrace(flow: WiredFlow, trace: TraceRecord, reason: string): void {
  const { core, workers } = flow;
  if (trace.cancelled) return;
  trace.cancelled = true;
  core.traces.cancelled++;
  dropHolds(trace);
  flow.ingressEvents.publish('trace_cancel_start', trace, { extra: { pending: trace.pending } });
  const error = new FlowError('TRACE_CANCELLED', {
    message: `Trace ${trace.id} of flow "${core.plan.flowName}" was cancelled: ${reason}`,
    traceId: trace.id,
  });
  core.traces.reject(trace, error);
  const ofTrace = (parcel: Parcel): boolean => parcel.envelope.trace === trace;
  const drop: DropRequest = {
    matches: ofTrace,
    reason: error,
    onWaitingDropped: (worker) => worker.events.publish('trace_cancel_drop', trace),
  };
  // One message of the trace is held back until all places were searched, so that it ends after the last event.
  trace.pending++;
  core.runQueue.enter();
  try {
    dropQueued(flow, drop);
    for (const worker of workers) {
      for (const slot of [...worker.slots]) {
        const { attempt, parcel, span } = slot;
        if (parcel?.envelope.trace !== trace || slot.state === SlotState.delivering) continue;
        if (slot.drop(error)) {
          worker.stats.cancelled++;
          worker.events.publish('node_trace_cancelled', trace, { attempt, payload: parcel.payload, span });
        }
      }
    }
    // Once more: while an ordered node is emptied, what waited for its turn goes on; and abort listeners may send more.
    dropQueued(flow, drop);
    core.egress.drop(ofTrace);
    core.traces.release(trace);
  } finally {
    core.runQueue.leave();
  }
  // It may have been the last work that a drain waits for.
  if (core.draining) core.onFreed();
}
