/** How far back it looks, in seconds. */
const WINDOW_S = 10;
/** Retries that there are whatever the share, so that a node with little to do may try again. */
const ALWAYS = 10;

/** Keeps the retries of a node to a share of its attempts over the last ten seconds, to within one. */
export class RetryBudget {
  readonly #share: number;
  /** By second, the present one among them: what there was, in turn. */
  readonly #attempts = new Array<number>(WINDOW_S).fill(0);
  readonly #retries = new Array<number>(WINDOW_S).fill(0);
  #second = Number.NEGATIVE_INFINITY;

  /** @param share - of the attempts, from 0 to 1 */
  constructor(share: number) {
    this.#share = share;
  }

  /** An attempt begins. */
  noteAttempt(nowMs: number): void {
    this.#attempts[this.#moveTo(nowMs)]!++;
  }

  /** Whether there is a retry left; takes it. */
  take(nowMs: number): boolean {
    const at = this.#moveTo(nowMs);
    if (sum(this.#retries) >= this.#share * sum(this.#attempts) + ALWAYS) return false;
    this.#retries[at]!++;
    return true;
  }

  /** Forgets what is too old; gives the place of the present second. */
  #moveTo(nowMs: number): number {
    const second = Math.floor(nowMs / 1000);
    for (let passed = Math.max(this.#second + 1, second - WINDOW_S + 1); passed <= second; passed++) {
      this.#attempts[passed % WINDOW_S] = 0;
      this.#retries[passed % WINDOW_S] = 0;
    }
    this.#second = Math.max(this.#second, second);
    return second % WINDOW_S;
  }
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}
