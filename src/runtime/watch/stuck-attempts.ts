import { AttemptContext } from '../attempt/attempt-context.js';
import { SlotState } from '../attempt/current-attempt.js';
import type { NodeWorker } from '../node/node-worker.js';
import type { AgedAttempt } from './attempt-ages.js';

/** Whether an attempt of a node hangs. One that waits for room or for its turn does not. */
export function isStuck({ core, plan }: NodeWorker, { ageMs, late, waits }: AgedAttempt): boolean {
  const { stuckAfterS } = core.plan;
  const { timeoutS = 0 } = plan.policy;
  if (stuckAfterS === 0 || waits || ageMs < Math.max(stuckAfterS, timeoutS) * 1000) return false;
  // What is about to time out does not hang; its code may, after that.
  return late !== undefined || timeoutS === 0;
}

/** Publishes `node_stuck`, once per attempt. */
export function tellStuck(worker: NodeWorker, { ageMs, context, late, seen, slot }: AgedAttempt): void {
  if (seen.isTold) return;
  seen.isTold = true;
  const { events } = worker;
  const age = { age_s: Math.round(ageMs) / 1000, interrupted: late !== undefined };
  const facts = { latencyMs: ageMs, extra: worker.late.isFull ? { ...age, held_back: worker.queueDepthIn } : age };
  if (late !== undefined) events.publishApart('node_stuck', late, { ...facts, attempt: late.attempt });
  // A listener may have cancelled its run meanwhile.
  if (context === undefined || !slot.isIn(context, SlotState.running)) return;
  const { payload, envelope } = AttemptContext.parcel(context);
  events.publish('node_stuck', envelope, { ...facts, attempt: context.attempt, payload, span: slot.span });
}
