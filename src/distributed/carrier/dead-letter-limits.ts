import { FlowError } from '../../index.js';

/** How long dead letters are kept, in milliseconds: 14 days. */
export const DEAD_MS = 14 * 86_400_000;
/** At most so many of a flow are kept. */
export const MOST_DEAD = 100_000;
/** Between two times that somebody is told, in milliseconds. */
const TELL_MS = 60_000;

/** Counts the dead letters of a flow that had to go, and says from time to time how many. */
export class DroppedLetters {
  readonly #flow: string;
  #count = 0;
  #toldMs = -Infinity;

  constructor(flow: string) {
    this.#flow = flow;
  }

  add(count: number): void {
    this.#count += count;
  }

  /** What is to be told now: all that went since it was told last, at most once a minute. */
  problem(monotonicMs: number): FlowError | undefined {
    if (this.#count === 0 || monotonicMs - this.#toldMs < TELL_MS) return undefined;
    const [flow, count] = [this.#flow, this.#count];
    this.#count = 0;
    this.#toldMs = monotonicMs;
    return new FlowError('DEAD_LETTERS_DROPPED', {
      message: `${count} of the dead letters of flow "${flow}" had to go, the oldest ones: they are kept for 14 days, and the last ${MOST_DEAD} of them`,
      metadata: { flow, count },
    });
  }
}
