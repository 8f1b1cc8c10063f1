import { SlotState } from '../attempt/current-attempt.js';
import { dropHolds } from '../core/trace-holds.js';
import { failTrace } from '../core/trace-failure.js';
import type { FlowError } from '../../errors/flow-error.js';
import type { NodeWorker } from '../node/node-worker.js';
import { PendingEmit } from '../routing/pending-emit.js';
import { deadlineError } from '../trace/deadline-error.js';
import type { PassedDeadline } from '../trace/deadline-watch.js';
import { FailureParcel, type Parcel } from '../trace/envelope.js';
import type { TraceRecord } from '../trace/trace-record.js';
import { cancelTrace } from './cancel-trace.js';
import { slotsOf, waitsOf, workerBehind } from './run-parts.js';
import type { WiredFlow } from './wired-flow.js';

/** Ends everything that still waits or runs under deadlines that have passed. Many at once cost one look at the floes. */
export function expireDeadlines(flow: WiredFlow, passed: readonly PassedDeadline[]): void {
  const { core } = flow;
  // Those that are gone are the sweeper's, and of no run that has ended is anything left.
  const open = passed.filter(({ envelope }) => !envelope.trace.ended);
  /** Runs with messages on floes, and until when those are late. */
  const queued = new Map<TraceRecord, number>();
  core.runQueue.enter();
  try {
    for (const { envelope } of open) {
      const { trace, deadlineS } = envelope;
      // Held until the end, so that the run is not forgotten half way.
      trace.pending++;
      expireHeld(flow, trace, deadlineS as number);
      if (trace.pending > 1 + trace.inflight + waitsOf(trace).length) {
        queued.set(trace, Math.max(deadlineS as number, queued.get(trace) ?? 0));
      }
    }
    if (queued.size !== 0) expireQueued(flow, queued);
    for (const { envelope, ofTrace } of open) end(flow, envelope.trace, envelope.deadlineS as number, ofTrace);
  } finally {
    core.runQueue.leave();
    // It may have been the last work that a drain waits for.
    if (core.draining) core.onFreed();
  }
}

/** What nodes hold, and what waits for room. */
function expireHeld(flow: WiredFlow, run: TraceRecord, untilS: number): void {
  for (const slot of slotsOf(flow, run)) {
    const held = slot.state === SlotState.resequencing ? slot.result : slot.parcel;
    if (held === undefined || held.envelope.trace !== run || !isLate(held, untilS)) continue;
    if (slot.state === SlotState.running) {
      slot.expire(deadlineError(run.id, held.envelope.deadlineS, slot.host));
    } else if (slot.state === SlotState.backoff || slot.state === SlotState.resequencing) {
      const { parcel } = slot;
      const error = fail(flow, held, slot.host.reportSkip(held));
      if (slot.parcel === parcel) slot.drop(error);
    }
  }
  for (const wait of waitsOf(run)) {
    if (!isLate(wait.item, untilS) || !wait.leaveLine()) continue;
    const worker = workerBehind(flow, wait);
    wait.onDropped(fail(flow, wait.item, worker?.reportSkip(wait.item) ?? deadlineError(run.id, untilS)));
  }
}

function expireQueued(flow: WiredFlow, runs: ReadonlyMap<TraceRecord, number>): void {
  const late = (parcel: Parcel): boolean => {
    const untilS = runs.get(parcel.envelope.trace);
    return untilS !== undefined && isLate(parcel, untilS);
  };
  for (const worker of flow.workers) {
    for (const floe of worker.inputs) for (const parcel of floe.remove(late)) skip(flow, worker, parcel);
  }
}

function skip(flow: WiredFlow, worker: NodeWorker, parcel: Parcel): void {
  fail(flow, parcel, worker.reportSkip(parcel));
  flow.core.traces.release(parcel.envelope.trace);
}

/** @param ofTrace - the deadline is the caller's own, not that of one message which a node made: nothing else may answer */
function end(flow: WiredFlow, run: TraceRecord, deadlineS: number, ofTrace: boolean): void {
  const { traces } = flow.core;
  dropHolds(run, deadlineS);
  // What nobody holds any more cannot end by itself: the caller's time is up all the same.
  if (ofTrace && (run.owned || run.pending === 1) && traces.isAwaited(run)) {
    traces.reject(run, deadlineError(run.id, deadlineS));
  }
  if (ofTrace && run.owned && run.pending > 1) cancelTrace(flow, run, 'its deadline passed');
  if (!run.ended) traces.release(run);
}

/** A failure is not late: somebody takes it as a result. */
function isLate(parcel: Parcel, untilS: number): boolean {
  const { deadlineS } = parcel.envelope;
  return deadlineS !== undefined && deadlineS <= untilS && !(parcel instanceof FailureParcel);
}

function fail({ core }: WiredFlow, { envelope }: Parcel, error: FlowError): FlowError {
  const outlets = failTrace(core, envelope, error);
  if (outlets.length !== 0) {
    const waiting = PendingEmit.start(new FailureParcel(error, envelope), outlets, core.traces, undefined);
    waiting?.done.catch(() => {});
  }
  return error;
}
