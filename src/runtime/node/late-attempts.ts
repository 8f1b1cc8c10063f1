import type { AttemptSlot } from '../attempt/attempt-slot.js';
import type { LateAttempt } from '../attempt/late-attempt.js';

/** How many interrupted attempts may run unless the node says otherwise: so many for each message it works on at a time. */
const PER_CONCURRENCY = 4;
/** At least. */
const FEWEST = 16;

/** What is kept of an interrupted attempt, and what has become of it. */
interface Kept {
  readonly late: LateAttempt;
  /** It has run for so long that it is not waited for. */
  isOld: boolean;
}

/**
 * Interrupted attempts of a node whose code has not returned yet.
 *
 * Each holds what it works with, a connection perhaps. So a node with more than `maxLate` of them starts nothing until one returns,
 * or has run for so long that it will not.
 */
export class LateAttempts {
  readonly #kept = new Map<AttemptSlot, Kept>();
  readonly #limit: number;
  readonly #onChange: () => void;
  #young = 0;
  #isTold = false;
  readonly #heldBack = new Set<() => void>();

  /**
   * @param maxLate - undefined = 4 for each message the node works on at a time, and at least 16
   * @param onChange - told when there are too many, and when there no longer are
   */
  constructor(maxLate: number | undefined, concurrency: number, onChange: () => void) {
    this.#limit = maxLate ?? Math.max(FEWEST, PER_CONCURRENCY * concurrency);
    this.#onChange = onChange;
  }

  get size(): number {
    return this.#kept.size;
  }

  /** Whether there are so many that the node starts nothing. */
  get isFull(): boolean {
    return this.#young > this.#limit;
  }

  /** True once for each time that there are so many. */
  takeNewlyFull(): boolean {
    const isNew = this.isFull && !this.#isTold;
    if (isNew) this.#isTold = true;
    return isNew;
  }

  has(slot: AttemptSlot): boolean {
    return this.#kept.has(slot);
  }

  /** Whether the node starts nothing; then `begin` is called once it does, unless it is forgotten. */
  holdBack(begin: () => void): boolean {
    if (this.isFull) this.#heldBack.add(begin);
    return this.isFull;
  }

  forget(begin: () => void): void {
    this.#heldBack.delete(begin);
  }

  *[Symbol.iterator](): Generator<[AttemptSlot, LateAttempt]> {
    for (const [slot, { late }] of this.#kept) yield [slot, late];
  }

  add(slot: AttemptSlot, late: LateAttempt): void {
    this.#kept.set(slot, { late, isOld: false });
    this.#count(1);
  }

  /** Its code has returned. */
  delete(slot: AttemptSlot): void {
    const kept = this.#kept.get(slot);
    this.#kept.delete(slot);
    if (kept?.isOld === false) this.#count(-1);
  }

  /** It has run for so long that it is not waited for any more. */
  giveUp(slot: AttemptSlot): void {
    const kept = this.#kept.get(slot);
    if (kept?.isOld !== false) return;
    kept.isOld = true;
    this.#count(-1);
  }

  #count(change: number): void {
    const wasFull = this.isFull;
    this.#young += change;
    if (this.isFull === wasFull) return;
    this.#isTold = false;
    this.#onChange();
    // Each is held back once more when there are too many again.
    if (!wasFull) return;
    const heldBack = [...this.#heldBack];
    this.#heldBack.clear();
    for (const begin of heldBack) begin();
  }
}
