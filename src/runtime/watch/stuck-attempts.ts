import { AttemptContext } from '../attempt/attempt-context.js';
import type { AttemptSlot } from '../attempt/attempt-slot.js';
import { SlotState } from '../attempt/current-attempt.js';
import type { LateAttempt } from '../attempt/late-attempt.js';
import type { NodeWorker } from '../node/node-worker.js';
import { inSlices } from '../../scheduling/in-slices.js';
import type { AttemptAges, SeenAttempt } from './attempt-ages.js';

/** So many are told of between two looks at the clock. */
const PER_PART = 16;

/** An attempt to be told of. */
interface StuckAttempt {
  readonly slot: AttemptSlot;
  /** Undefined for one that was interrupted. */
  readonly context: AttemptContext | undefined;
  readonly late: LateAttempt | undefined;
  readonly ageMs: number;
}

/** Whether an attempt of a node hangs. One that waits for room or for its turn does not. */
export function isStuck({ core, plan }: NodeWorker, { ageMs, waits }: SeenAttempt, isLate: boolean): boolean {
  const { stuckAfterS } = core.plan;
  const { timeoutS = 0 } = plan.policy;
  if (stuckAfterS === 0 || waits || ageMs < Math.max(stuckAfterS, timeoutS) * 1000) return false;
  // What is about to time out does not hang; its code may, after that.
  return isLate || timeoutS === 0;
}

/**
 * Publishes `node_stuck` of the attempts of a node that hang, once of each; and of the oldest late one when the node starts nothing because
 * of them. Those that hang are not waited for.
 */
export function tellStuck(worker: NodeWorker, ages: AttemptAges, nowMs: number): void {
  const stuck: StuckAttempt[] = [];
  const old: AttemptSlot[] = [];
  const isNewlyFull = worker.late.takeFull();
  let oldest: SeenAttempt | undefined;
  ages.each(nowMs, (seen, _, late) => {
    if (isNewlyFull && late !== undefined && !seen.isTold && seen.ageMs > (oldest?.ageMs ?? -1)) oldest = seen;
  });
  ages.each(nowMs, (seen, slot, late) => {
    const hangs = isStuck(worker, seen, late !== undefined);
    if (hangs && late !== undefined) old.push(slot);
    if (seen.isTold || (!hangs && seen !== oldest)) return;
    seen.isTold = true;
    stuck.push({ slot, context: slot.context, late, ageMs: seen.ageMs });
  });
  tellAll(worker, stuck);
  for (const slot of old) worker.late.giveUp(slot);
}

function tellAll(worker: NodeWorker, stuck: readonly StuckAttempt[]): void {
  if (stuck.length === 0) return;
  const { runQueue } = worker.core;
  inSlices(stuck, PER_PART, (part) => {
    runQueue.enter();
    try {
      for (const one of part) tell(worker, one);
    } finally {
      runQueue.leave();
    }
  });
}

function tell({ events, late: all, queueDepthIn }: NodeWorker, { ageMs, context, late, slot }: StuckAttempt): void {
  const age = { age_s: Math.round(ageMs) / 1000, interrupted: late !== undefined };
  const facts = { latencyMs: ageMs, extra: all.isFull ? { ...age, held_back: queueDepthIn } : age };
  if (late !== undefined) events.publishApart('node_stuck', late, { ...facts, attempt: late.attempt });
  // A listener may have cancelled its run meanwhile.
  if (context === undefined || !slot.isIn(context, SlotState.running)) return;
  const { payload, envelope } = AttemptContext.parcel(context);
  events.publish('node_stuck', envelope, { ...facts, attempt: context.attempt, payload, span: slot.span });
}
