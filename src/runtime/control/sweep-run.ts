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
