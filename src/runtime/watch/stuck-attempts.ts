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
  /** Messages that wait before the node, when it starts nothing because of such attempts. */
  readonly heldBack: number | undefined;
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
 * of them. Those that have been late for that long are not waited for.
 */
export function tellStuck(worker: NodeWorker, ages: AttemptAges, nowMs: number): void {
  const oldest = worker.late.takeNewlyFull() ? oldestLate(ages, nowMs) : undefined;
  const afterMs = worker.core.plan.stuckAfterS * 1000;
  const stuck: StuckAttempt[] = [];
  const old: AttemptSlot[] = [];
  ages.each(nowMs, (seen, slot, late) => {
    if (late !== undefined && afterMs !== 0 && nowMs - late.interruptedMs >= afterMs) old.push(slot);
    if (seen.isTold || (seen !== oldest && !isStuck(worker, seen, late !== undefined))) return;
    seen.isTold = true;
    const heldBack = seen === oldest ? worker.queueDepthIn : undefined;
    stuck.push({ slot, context: slot.context, late, ageMs: seen.ageMs, heldBack });
  });
  tellAll(worker, stuck);
  for (const slot of old) worker.late.giveUp(slot);
}

function oldestLate(ages: AttemptAges, nowMs: number): SeenAttempt | undefined {
  let oldest: SeenAttempt | undefined;
  ages.each(nowMs, (seen, _, late) => {
    if (late !== undefined && !seen.isTold && seen.ageMs > (oldest?.ageMs ?? -1)) oldest = seen;
  });
  return oldest;
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

function tell({ events, late: all }: NodeWorker, { ageMs, context, heldBack, late, slot }: StuckAttempt): void {
  const age = { age_s: Math.round(ageMs) / 1000, interrupted: late !== undefined };
  const facts = { latencyMs: ageMs, extra: heldBack === undefined ? age : { ...age, held_back: heldBack } };
  // Its code may have returned meanwhile.
  if (late !== undefined && all.has(slot)) events.publishApart('node_stuck', late, { ...facts, attempt: late.attempt });
  // A listener may have cancelled its run meanwhile.
  if (context === undefined || !slot.isIn(context, SlotState.running)) return;
  const { payload, envelope } = AttemptContext.parcel(context);
  events.publish('node_stuck', envelope, { ...facts, attempt: context.attempt, payload, span: slot.span });
}
