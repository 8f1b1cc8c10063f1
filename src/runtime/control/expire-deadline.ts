import { SlotState } from '../attempt/current-attempt.js';
import { accountOf } from '../core/run-story.js';
import { failTrace } from '../core/trace-failure.js';
import type { FlowError } from '../../errors/flow-error.js';
import type { Clock } from '../../ports/clock.js';
import type { LateCheck } from '../../trace-local/trace-local.js';
import type { NodeWorker } from '../node/node-worker.js';
import { Deadline } from '../trace/deadline.js';
import { deadlineError } from '../trace/deadline-error.js';
import type { PassedDeadline } from '../trace/deadline-watch.js';
import type { Envelope, Parcel } from '../trace/envelope.js';
import type { TraceRecord } from '../trace/trace-record.js';
import { cancelTrace } from './cancel-trace.js';
import { slotsOf, waitsOf, workerBehind } from './run-parts.js';
import type { WiredFlow } from './wired-flow.js';

/** Ends everything that still waits or runs under deadlines that have passed. Many at once cost one look at the floes. */
export function expireDeadlines(flow: WiredFlow, passed: readonly PassedDeadline[]): void {
  const { core } = flow;
  // Those that are gone are the sweeper's, and of no run that has ended is anything left.
  const active = passed.filter(({ envelope }) => !envelope.trace.ended);
  const isLate = lateNow(core.clock);
  const open = active.filter(({ envelope }) => isLate(envelope.deadline));
  // The wall clock was set back in the moment since it was read.
  for (const each of active) if (!open.includes(each)) core.deadlines.watch(each.envelope, each.ofTrace);
  /** Runs with messages on floes. */
  const queued = new Set<TraceRecord>();
  core.runQueue.enter();
  // What is late as well is told of before the rest of a run is ended.
  flow.failed.hold();
  try {
    for (const { envelope } of open) {
      const { trace } = envelope;
      // Held until the end, so that the run is not forgotten half way.
      trace.pending++;
      expireHeld(flow, trace, isLate);
      if (trace.pending > 1 + trace.inflight + waitsOf(trace).length) queued.add(trace);
    }
    if (queued.size !== 0) expireQueued(flow, queued, isLate);
    flow.failed.endHeld();
    for (const { envelope, ofTrace } of open) end(flow, envelope, ofTrace, isLate);
  } finally {
    flow.failed.endHeld();
    core.runQueue.leave();
    // It may have been the last work that a drain waits for.
    if (core.draining) core.onFreed();
  }
}

/** What nodes hold, and what waits for room. */
function expireHeld(flow: WiredFlow, run: TraceRecord, isLate: LateCheck): void {
  for (const slot of slotsOf(flow, run)) {
    const held = slot.state === SlotState.resequencing ? slot.result : slot.parcel;
    if (held === undefined || held.envelope.trace !== run || !expires(held, isLate)) continue;
    if (slot.state === SlotState.running) {
      slot.expire(deadlineError(run.id, held.envelope.deadlineS, slot.host));
    } else if (slot.state === SlotState.backoff || slot.state === SlotState.resequencing) {
      const { parcel, state, host } = slot;
      // A result that waits for its turn was processed, and is counted as such.
      const isResult = state === SlotState.resequencing;
      const error = isResult ? deadlineError(run.id, held.envelope.deadlineS, host) : host.reportSkip(held);
      fail(flow, held, error);
      if (slot.parcel === parcel) slot.drop(error);
    }
  }
  for (const wait of waitsOf(run)) {
    const { item } = wait;
    if (!expires(item, isLate) || !wait.leaveLine()) continue;
    const worker = workerBehind(flow, wait);
    wait.onDropped(fail(flow, item, worker?.reportSkip(item) ?? deadlineError(run.id, item.envelope.deadlineS)));
  }
}

function expireQueued(flow: WiredFlow, runs: ReadonlySet<TraceRecord>, isLate: LateCheck): void {
  const late = (parcel: Parcel): boolean => runs.has(parcel.envelope.trace) && expires(parcel, isLate);
  for (const worker of flow.workers) {
    for (const floe of worker.inputs) for (const parcel of floe.remove(late)) skip(flow, worker, parcel);
  }
}

function skip(flow: WiredFlow, worker: NodeWorker, parcel: Parcel): void {
  fail(flow, parcel, worker.reportSkip(parcel));
  flow.core.traces.release(parcel.envelope.trace);
}

/** @param ofTrace - the deadline is the caller's own, not that of one message which a node made: nothing else may answer */
function end(flow: WiredFlow, envelope: Envelope, ofTrace: boolean, isLate: LateCheck): void {
  const { traces } = flow.core;
  const { trace: run, deadlineS } = envelope;
  dropKept(flow, envelope, ofTrace, isLate);
  // What nobody holds any more cannot end by itself: the caller's time is up all the same.
  if (ofTrace && (run.owned || run.pending === 1) && traces.isAwaited(run)) {
    const error = deadlineError(run.id, deadlineS);
    accountOf(flow.core, run)?.expire(error);
    traces.reject(run, error);
  }
  if (ofTrace && run.owned && run.pending > 1) cancelTrace(flow, run, 'its deadline passed');
  if (!run.ended) traces.release(run);
}

/**
 * What is kept of a message that is late is given up; each part that a join or a collect had is a failure, but where the caller is told
 * of all at once.
 */
function dropKept(flow: WiredFlow, envelope: Envelope, ofTrace: boolean, isLate: LateCheck): void {
  const { trace: run, deadlineS } = envelope;
  for (let local = run.locals; local !== undefined; local = local.next) {
    const { node } = local;
    const parts = local.letGo(isLate);
    if (node === undefined || (ofTrace && run.owned)) continue;
    for (let part = 0; part < parts; part++) failTrace(flow.core, envelope, deadlineError(run.id, deadlineS, node));
  }
}

/** Asks of each deadline whether it has passed by now. */
function lateNow(clock: Clock): LateCheck {
  const nowMs = clock.now();
  const monotonicMs = clock.monotonic();
  const at = { now: () => nowMs, monotonic: () => monotonicMs };
  return (deadline) => deadline instanceof Deadline && deadline.hasPassed(at);
}

function expires(parcel: Parcel, isLate: LateCheck): boolean {
  return isLate(parcel.envelope.deadline);
}

function fail({ core }: WiredFlow, { envelope }: Parcel, error: FlowError): FlowError {
  failTrace(core, envelope, error);
  return error;
}
