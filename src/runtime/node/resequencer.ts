/** A message that may have to wait until earlier ones have left. */
export interface SequencedResult {
  /** Arrival number; each number leaves once. */
  readonly sequence: number;
  /** Hands the result on. */
  release(): void;
}

/**
 * Lets the messages of an ordered node leave in the order in which they arrived, however their attempts end: a message
 * without a result passes its turn on too.
 */
export class Resequencer {
  #next = 0;
  #passing = false;
  /** Messages that have left before it was their turn to be counted. */
  readonly #left = new Set<number>();
  readonly #results = new Map<number, SequencedResult>();
  readonly #emits = new Map<number, (() => void)[]>();

  /** Whether it is this message's turn; when not, its `release` is called once it is. */
  mayRelease(departing: SequencedResult): boolean {
    if (departing.sequence === this.#next) return true;
    this.#results.set(departing.sequence, departing);
    return false;
  }

  /** Calls back when a message may emit, before its result leaves; false when it may at once, without a call. */
  whenInSequence(sequence: number, callback: () => void): boolean {
    if (sequence <= this.#next) return false;
    const line = this.#emits.get(sequence) ?? [];
    line.push(callback);
    this.#emits.set(sequence, line);
    return true;
  }

  /** The message is gone, with a result or without. */
  gone(sequence: number): void {
    this.#results.delete(sequence);
    this.#left.add(sequence);
    if (this.#passing) return;
    this.#passing = true;
    while (this.#left.delete(this.#next)) {
      this.#next++;
      for (const resume of this.#emits.get(this.#next) ?? []) resume();
      this.#emits.delete(this.#next);
      const next = this.#results.get(this.#next);
      this.#results.delete(this.#next);
      // One that leaves at once is reported gone inside this call; the loop goes on with the one after it.
      next?.release();
    }
    this.#passing = false;
  }
}
