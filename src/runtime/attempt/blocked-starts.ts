import type { Clock } from '../../ports/clock.js';

/** Starts of a node that are timed before only a sample is. */
const FIRST_STARTS = 64;

/** For how long all starts are timed after one that blocked, in milliseconds. */
const ALL_FOR_MS = 1_000;

/**
 * Which starts of a node are timed, to see how long the synchronous part of `process` holds the event loop: looking at the clock twice
 * for each would cost as much as the rest of a hop.
 */
export class BlockedStarts {
  readonly #limitMs: number;
  /** Starts to come that are timed. */
  #left = 0;
  /** Until when all are. */
  #allUntilMs = Number.NEGATIVE_INFINITY;

  /** @param limitMs - how long is too long; 0 = nothing is */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
    if (this.isOn) this.#left = FIRST_STARTS;
  }

  get isOn(): boolean {
    return this.#limitMs !== 0;
  }

  /** Whether the next start is timed, as far as that is known without a look at the clock. */
  get timesNext(): boolean {
    return this.#left !== 0 || this.#allUntilMs !== Number.NEGATIVE_INFINITY;
  }

  /** Has the next start timed. */
  timeNext(): void {
    if (this.isOn && this.#left === 0) this.#left = 1;
  }

  /** Asked once per start. */
  isNextTimed(clock: Clock): boolean {
    if (this.#left !== 0) this.#left--;
    else if (this.#allUntilMs === Number.NEGATIVE_INFINITY) return false;
    else if (clock.monotonic() > this.#allUntilMs) {
      this.#allUntilMs = Number.NEGATIVE_INFINITY;
      return false;
    }
    return true;
  }

  /** Whether a start took too long; if so, those to come are timed for a while. */
  isTooLong(ms: number, nowMs: number): boolean {
    if (ms <= this.#limitMs) return false;
    this.#allUntilMs = nowMs + ALL_FOR_MS;
    return true;
  }
}
