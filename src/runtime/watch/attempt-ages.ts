import { AttemptContext } from '../attempt/attempt-context.js';
import type { AttemptSlot } from '../attempt/attempt-slot.js';
import { SlotState } from '../attempt/current-attempt.js';
import type { LateAttempt } from '../attempt/late-attempt.js';
import type { NodeWorker } from '../node/node-worker.js';
import { waitsForFlow } from './attempt-waits.js';

/** What is known of an attempt that was seen: numbers, so that nothing of its message is kept. */
interface SeenAttempt {
  readonly delivery: number;
  readonly attempt: number;
  /** When it began, or was first seen; later by the time it waited for its turn. */
  sinceMs: number;
  seenMs: number;
  /** Whether `node_stuck` was published. */
  isTold: boolean;
}

/** An attempt and its age. */
export interface AgedAttempt {
  readonly slot: AttemptSlot;
  /** What the slot works on; undefined for one that was interrupted. */
  readonly context: AttemptContext | undefined;
  /** Milliseconds since it began, without its waits for room and for its turn. */
  readonly ageMs: number;
  /** Whether it cannot go on by itself. */
  readonly waits: boolean;
  /** Set when it was interrupted, and its code still runs. */
  readonly late: LateAttempt | undefined;
  readonly seen: { isTold: boolean };
}

/** How old the attempts of a flow are. Nobody notes when an attempt begins: one that is seen twice began before the first time. */
export class AttemptAges {
  readonly #seen = new WeakMap<AttemptSlot, SeenAttempt>();

  /** The attempts of a node whose code runs. */
  *of(worker: NodeWorker, nowMs: number): Generator<AgedAttempt> {
    for (const slot of worker.slots) if (slot.state === SlotState.running) yield this.#running(slot, nowMs);
    for (const [slot, late] of worker.late) yield this.#late(slot, late, nowMs);
  }

  #running(slot: AttemptSlot, nowMs: number): AgedAttempt {
    const context = slot.context as AttemptContext;
    const seen = this.#see(slot, context, Number.isNaN(slot.since) ? nowMs : slot.since, nowMs);
    const lazy = AttemptContext.lazyIfAny(context);
    if (lazy?.waitsForTurn === true) seen.sinceMs += nowMs - seen.seenMs;
    seen.seenMs = nowMs;
    const ageMs = Math.max(0, nowMs - seen.sinceMs - (lazy?.blockedMsAt(nowMs) ?? 0));
    return { slot, context, ageMs, waits: waitsForFlow(slot), late: undefined, seen };
  }

  #late(slot: AttemptSlot, late: LateAttempt, nowMs: number): AgedAttempt {
    const seen = this.#see(slot, late, late.sinceMs, nowMs);
    const ageMs = Math.max(0, nowMs - seen.sinceMs - late.blockedMs);
    return { slot, context: undefined, ageMs, waits: false, late, seen };
  }

  #see(
    slot: AttemptSlot,
    { delivery, attempt }: AttemptContext | LateAttempt,
    sinceMs: number,
    nowMs: number,
  ): SeenAttempt {
    const before = this.#seen.get(slot);
    if (before?.delivery === delivery && before.attempt === attempt) return before;
    const seen = { delivery, attempt, sinceMs, seenMs: nowMs, isTold: false };
    this.#seen.set(slot, seen);
    return seen;
  }
}
