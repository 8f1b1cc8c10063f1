/** Lets so many through in each second of the events' own time, and counts the others. */
export class BurstLimit {
  readonly #mostPerS: number;
  #second = Number.NaN;
  #passed = 0;
  #heldBack = 0;

  constructor(mostPerS: number) {
    this.#mostPerS = mostPerS;
  }

  /** @param ts - seconds since the epoch */
  passes(ts: number): boolean {
    const second = Math.floor(ts);
    if (second !== this.#second) {
      this.#second = second;
      this.#passed = 0;
    }
    if (this.#passed < this.#mostPerS) {
      this.#passed++;
      return true;
    }
    this.#heldBack++;
    return false;
  }

  /** How many were held back since the last call. */
  takeHeldBack(): number {
    const count = this.#heldBack;
    this.#heldBack = 0;
    return count;
  }
}
