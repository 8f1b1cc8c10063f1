import type { AttemptSlot } from '../attempt/attempt-slot.js';
import { SlotState } from '../attempt/current-attempt.js';
import type { PendingDelivery } from '../routing/pending-delivery.js';
import type { TraceRecord } from '../trace/trace-record.js';
import type { NodeWorker } from '../node/node-worker.js';
import type { WiredFlow } from './wired-flow.js';

/** What of a run waits for room, the first to wait first. */
export function waitsOf(run: TraceRecord): PendingDelivery[] {
  const waits: PendingDelivery[] = [];
  for (let wait = run.waits; wait !== undefined; wait = wait.nextOfRun) waits.push(wait as PendingDelivery);
  return waits.reverse();
}

/** The node before which something waits for room; undefined for the egress. */
export function workerBehind({ workers }: WiredFlow, { outlet }: PendingDelivery): NodeWorker | undefined {
  return workers.find(({ inputs }) => inputs.some((floe) => floe === outlet));
}

/** The slots that hold messages of a run which are in flight. */
export function slotsOf({ workers }: WiredFlow, run: TraceRecord): readonly AttemptSlot[] {
  if (run.inflight === 0) return [];
  const last = run.lastSlot as AttemptSlot | undefined;
  // What is delivered is in flight no more, so it may be another one that is.
  if (run.inflight === 1 && last?.parcel?.envelope.trace === run && last.state !== SlotState.delivering) return [last];
  return workers.flatMap(({ slots }) => slots.filter(({ parcel }) => parcel?.envelope.trace === run));
}
