import { AttemptContext } from '../attempt/attempt-context.js';
import type { AttemptSlot } from '../attempt/attempt-slot.js';
import { SlotState } from '../attempt/current-attempt.js';
import type { LateAttempt } from '../attempt/late-attempt.js';
import type { NodeWorker } from '../node/node-worker.js';

/** What is known of an attempt that was seen: nothing of its message is kept. */
export interface SeenAttempt {
  delivery: number;
  attempt: number;
  /** When it began, or was first seen; later by the time it waited for its turn. */
  sinceMs: number;
  seenMs: number;
  /** Milliseconds since it began, without its waits for room and for its turn. */
  ageMs: number;
  /** Whether it cannot go on by itself. */
  waits: boolean;
  /** Whether `node_stuck` was published. */
  isTold: boolean;
}

/** @param late - set for one that was interrupted, and whose code still runs */
type Visit = (seen: SeenAttempt, slot: AttemptSlot, late: LateAttempt | undefined) => void;

/**
 * How old the attempts of a node are. Nobody notes when an attempt begins: one that is seen twice began before the first time. What is known
 * of the attempt of a slot stands at the index of the slot, and is written anew for the next one, because there may be very many.
 */
export class AttemptAges {
  readonly #worker: NodeWorker;
  readonly #running: SeenAttempt[] = [];
  readonly #late = new Map<AttemptSlot, SeenAttempt>();

  constructor(worker: NodeWorker) {
    this.#worker = worker;
  }

  /** Calls back for each attempt whose code runs; what it is given is good until the next look. */
  each(nowMs: number, visit: Visit): void {
    const { late, slots } = this.#worker;
    // First, while what was known of them is still there.
    for (const [slot, attempt] of late) visit(this.#seeLate(slot, attempt, nowMs), slot, attempt);
    if (this.#late.size > late.size) for (const slot of this.#late.keys()) if (!late.has(slot)) this.#late.delete(slot);
    for (const slot of slots) if (slot.state === SlotState.running) visit(this.#see(slot, nowMs), slot, undefined);
  }

  #see(slot: AttemptSlot, nowMs: number): SeenAttempt {
    const context = slot.context as AttemptContext;
    const { delivery, attempt } = context;
    const seen = (this.#running[slot.index] ??= unseen());
    if (seen.delivery !== delivery || seen.attempt !== attempt) {
      seen.delivery = delivery;
      seen.attempt = attempt;
      seen.sinceMs = Number.isNaN(slot.since) ? nowMs : slot.since;
      seen.seenMs = seen.sinceMs;
      seen.isTold = false;
    }
    const lazy = AttemptContext.lazyIfAny(context);
    if (lazy?.waitsForTurn === true) seen.sinceMs += nowMs - seen.seenMs;
    seen.seenMs = nowMs;
    seen.ageMs = Math.max(0, nowMs - seen.sinceMs - (lazy?.blockedMsAt(nowMs) ?? 0));
    // One that waits for an answer of its own flow may hang: nobody else can tell.
    seen.waits = lazy !== undefined && (lazy.waitsForRoom || lazy.waitsForTurn);
    return seen;
  }

  #seeLate(slot: AttemptSlot, { attempt, blockedMs, delivery, sinceMs }: LateAttempt, nowMs: number): SeenAttempt {
    let seen = this.#late.get(slot);
    if (seen === undefined) {
      const before = this.#running[slot.index];
      const isSame = before?.delivery === delivery && before.attempt === attempt;
      seen = isSame ? { ...before, waits: false } : { ...unseen(), delivery, attempt, sinceMs };
      this.#late.set(slot, seen);
    }
    seen.ageMs = Math.max(0, nowMs - seen.sinceMs - blockedMs);
    return seen;
  }
}

function unseen(): SeenAttempt {
  return { delivery: -1, attempt: -1, sinceMs: 0, seenMs: 0, ageMs: 0, waits: false, isTold: false };
}
