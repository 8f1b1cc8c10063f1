import { cancelTrace } from './cancel-trace.js';
import { FailureParcel, type Envelope, type Parcel } from './envelope.js';
import { FlowError } from '../errors/flow-error.js';
import type { NodeWorker } from './node-worker.js';
import { failTrace } from './trace-failure.js';
import { WaitingEmit } from './waiting-emit.js';
import type { WiredFlow } from './wired-flow.js';

/** Ends everything that still waits or runs under a deadline that has passed. */
export function endDeadline(flow: WiredFlow, envelope: Envelope): void {
  const { core, workers } = flow;
  const { trace } = envelope;
  const late = (parcel: Parcel): boolean =>
    parcel.envelope.trace === trace &&
    parcel.envelope.deadlineS !== undefined &&
    parcel.envelope.deadlineS <= (envelope.deadlineS as number);
  const fail = (worker: NodeWorker, parcel: Parcel): void => {
    const error = worker.reportSkip(parcel);
    const outlets = failTrace(core, trace, error);
    if (outlets.length !== 0) {
      const waiting = WaitingEmit.start(new FailureParcel(error, parcel.envelope), outlets, core.traces);
      waiting?.done.catch(() => {});
    }
  };
  // Held until the end, so that the trace is not forgotten half way.
  trace.pending++;
  core.runQueue.enter();
  try {
    for (const worker of workers) {
      for (const slot of [...worker.slots]) {
        if (slot.parcel === undefined || !late(slot.parcel)) continue;
        if (slot.state === 'running') {
          slot.expire(worker.deadlineError(slot.parcel));
        } else if (slot.state === 'backoff') {
          const { parcel } = slot;
          fail(worker, parcel);
          if (slot.parcel === parcel) slot.drop(worker.deadlineError(parcel));
        }
      }
      for (const floe of worker.inputs) {
        for (const put of floe.removeWaiting(late)) {
          fail(worker, put.item);
          put.onDropped(worker.deadlineError(put.item));
        }
        for (const parcel of floe.remove(late)) {
          fail(worker, parcel);
          core.traces.release(trace);
        }
      }
    }
    // What nobody holds any more cannot end by itself: the caller's time is up all the same.
    const error = new FlowError('DEADLINE_EXCEEDED', {
      message: `Deadline of trace ${trace.id} passed`,
      traceId: trace.id,
      metadata: { deadline_s: envelope.deadlineS },
    });
    for (const put of core.rookery.removeWaiting(late)) put.onDropped(error);
    core.traces.reject(trace, error);
    if (trace.owned && trace.pending > 1) cancelTrace(flow, trace, 'its deadline passed');
  } finally {
    core.traces.release(trace);
    core.runQueue.leave();
  }
}
