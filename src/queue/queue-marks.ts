/** So many marks a queue has at most. */
const MOST_MARKS = 64;

/**
 * When what waits in a queue came, without a note per item: now and then somebody marks how far the queue reaches, and an item
 * that stands before a mark, and behind the one before, came between the two.
 *
 * Places are counted from the first item that the queue ever had, so taking from the front moves no mark.
 */
export class QueueMarks {
  /** The first place behind each mark, and when it was made; ascending, both. */
  #ends: number[] = [];
  readonly #times: number[] = [];

  get size(): number {
    return this.#ends.length;
  }

  /**
   * @param taken - items that were taken off the front so far: the place of the oldest one that is left
   * @param end - the place behind the newest one
   */
  add(taken: number, end: number, nowMs: number): void {
    this.#forget(taken);
    // What is marked already came no later.
    if (end <= (this.#ends.at(-1) ?? taken)) return;
    this.#ends.push(end);
    this.#times.push(nowMs);
    if (this.#ends.length > MOST_MARKS) this.#dropOne(nowMs);
  }

  /** How long the item at the front has waited, short by the time between two marks at most; 0 when it came after the last one. */
  ageMs(taken: number, nowMs: number): number {
    this.#forget(taken);
    return nowMs - (this.#times[0] ?? nowMs);
  }

  /**
   * Items were removed from the middle.
   *
   * @param removed - where they stood, counted from the front; ascending
   */
  onRemoved(taken: number, removed: readonly number[]): void {
    let before = 0;
    this.#ends = this.#ends.map((end) => {
      while (before < removed.length && taken + (removed[before] as number) < end) before++;
      return end - before;
    });
  }

  /** An item was moved to the front, past those that stood before it. */
  onMovedToFront(taken: number, from: number): void {
    this.#ends = this.#ends.map((end) => (end > taken && end <= taken + from ? end + 1 : end));
  }

  /** Marks before the first item are of no use. */
  #forget(taken: number): void {
    let gone = 0;
    while (gone < this.#ends.length && (this.#ends[gone] as number) <= taken) gone++;
    if (gone === 0) return;
    this.#ends.splice(0, gone);
    this.#times.splice(0, gone);
  }

  /** Drops the mark whose loss makes the least difference to the age that items have by then; the first one stays. */
  #dropOne(nowMs: number): void {
    let least = Number.POSITIVE_INFINITY;
    let drop = 1;
    for (let at = 1; at < this.#times.length - 1; at++) {
      const [before, after] = [this.#times[at - 1] as number, this.#times[at + 1] as number];
      const difference = (after - before) / (nowMs - before);
      if (difference >= least) continue;
      least = difference;
      drop = at;
    }
    this.#ends.splice(drop, 1);
    this.#times.splice(drop, 1);
  }
}
