import { SlotState } from '../attempt/current-attempt.js';
import type { FlowError } from '../../errors/flow-error.js';
import type { PendingDelivery } from '../routing/pending-delivery.js';
import type { TraceRecord } from '../trace/trace-record.js';
import { slotsOf, waitsOf } from './run-parts.js';
import type { WiredFlow } from './wired-flow.js';

/**
 * Takes what waits for room off its line and interrupts what runs, with `node_trace_cancelled` for each attempt. What is queued
 * stays.
 *
 * @param reason - what those who wait are rejected with, and the reason of the signals
 * @param onDropped - told of each message that waited for room
 */
export function sweepRun(
  flow: WiredFlow,
  run: TraceRecord,
  reason: FlowError,
  onDropped: (wait: PendingDelivery) => void,
): void {
  dropWaits(run, reason, onDropped);
  interruptAttempts(flow, run, reason);
  // Once more: while an ordered node is emptied, what waited for its turn goes on.
  dropWaits(run, reason, onDropped);
}

/**
 * Ends a run now: as {@link sweepRun}, and what is queued is gone.
 *
 * @param reason - what those who wait are rejected with, and the reason of the signals
 * @param onDropped - told of each message that waited for room
 */
export function endRun(
  flow: WiredFlow,
  run: TraceRecord,
  reason: FlowError,
  onDropped: (wait: PendingDelivery) => void,
): void {
  const { core } = flow;
  // One message of the run is held back until all places were looked at, so that it ends after the last event.
  run.pending++;
  core.runQueue.enter();
  try {
    sweepRun(flow, run, reason, onDropped);
    const queued = run.pending - 1;
    core.traces.endNow(run);
    flow.gone.note(queued);
  } finally {
    core.runQueue.leave();
  }
  // It may have been the last work that a drain waits for.
  if (core.draining) core.onFreed();
}

function dropWaits(run: TraceRecord, reason: FlowError, onDropped: (wait: PendingDelivery) => void): void {
  for (const wait of waitsOf(run)) {
    if (!wait.leaveLine()) continue;
    onDropped(wait);
    wait.onDropped(reason);
  }
}

function interruptAttempts(flow: WiredFlow, run: TraceRecord, reason: FlowError): void {
  for (const slot of slotsOf(flow, run)) {
    const { attempt, parcel, span, host } = slot;
    if (parcel?.envelope.trace !== run || slot.state === SlotState.delivering) continue;
    if (slot.drop(reason)) {
      host.stats.cancelled++;
      const { payload, envelope } = parcel;
      host.events.publish('node_trace_cancelled', envelope, { attempt, payload, span });
    }
  }
}
