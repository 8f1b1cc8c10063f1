import { cancelTrace } from './cancel-trace.js';
import { FailureParcel, type Envelope, type Parcel } from '../trace/envelope.js';
import type { FlowError } from '../../errors/flow-error.js';
import { dropHolds } from '../core/trace-holds.js';
import { deadlineError } from '../trace/deadline-error.js';
import { failTrace } from '../core/trace-failure.js';
import { PendingEmit } from '../routing/pending-emit.js';
import type { WiredFlow } from './wired-flow.js';
import { SlotState } from '../attempt/current-attempt.js';

/**
 * Ends everything that still waits or runs under a deadline that has passed.
 *
 * @param ofTrace - the deadline is the caller's own, not that of one message which a node made: the whole trace ends
 */
export function expireDeadline(flow: WiredFlow, envelope: Envelope, ofTrace: boolean): void {
  const { core, workers } = flow;
  const { trace } = envelope;
  const late = (parcel: Parcel): boolean =>
    parcel.envelope.trace === trace &&
    // A failure is not late: somebody takes it as a result.
    !(parcel instanceof FailureParcel) &&
    parcel.envelope.deadlineS !== undefined &&
    parcel.envelope.deadlineS <= (envelope.deadlineS as number);
  const fail = (parcel: Parcel, error: FlowError): FlowError => {
    const outlets = failTrace(core, trace, error);
    if (outlets.length !== 0) {
      const waiting = PendingEmit.start(new FailureParcel(error, parcel.envelope), outlets, core.traces, undefined);
      waiting?.done.catch(() => {});
    }
    return error;
  };
  // Held until the end, so that the trace is not forgotten half way.
  trace.pending++;
  core.runQueue.enter();
  try {
    for (const worker of workers) {
      for (const slot of [...worker.slots]) {
        const held = slot.state === SlotState.resequencing ? slot.result : slot.parcel;
        if (held === undefined || !late(held)) continue;
        if (slot.state === SlotState.running) {
          slot.expire(deadlineError(trace.id, held.envelope.deadlineS, worker));
        } else if (slot.state === SlotState.backoff || slot.state === SlotState.resequencing) {
          const { parcel } = slot;
          const error = fail(held, worker.reportSkip(held));
          if (slot.parcel === parcel) slot.drop(error);
        }
      }
    }
    // After the slots: what an ordered node lets go meanwhile is found here.
    for (const worker of workers) {
      for (const floe of worker.inputs) {
        for (const put of floe.removeWaiting(late)) put.onDropped(fail(put.item, worker.reportSkip(put.item)));
        for (const parcel of floe.remove(late)) {
          fail(parcel, worker.reportSkip(parcel));
          core.traces.release(trace);
        }
      }
    }
    const error = deadlineError(trace.id, envelope.deadlineS);
    for (const put of core.egress.removeWaiting(late)) put.onDropped(fail(put.item, error));
    dropHolds(trace, envelope.deadlineS);
    if (!ofTrace) return;
    // What nobody holds any more cannot end by itself: the caller's time is up all the same.
    core.traces.reject(trace, error);
    if (trace.owned && trace.pending > 1) cancelTrace(flow, trace, 'its deadline passed');
  } finally {
    core.traces.release(trace);
    core.runQueue.leave();
    // It may have been the last work that a drain waits for.
    if (core.draining) core.onFreed();
  }
}
