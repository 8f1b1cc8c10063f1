import type { Clock, ClockTimer } from '../../ports/clock.js';

/**
 * Looks between two looks of the watch, for limits that are no whole seconds: what is seen at one look has lasted for 1.3 s not before
 * the second one after it, and would be told of up to two seconds late. Only after a look of the watch, which is once a second.
 */
export class LooksBetween {
  readonly #clock: Clock;
  /** Milliseconds after a look of the watch. */
  readonly #afterMs: readonly number[];
  readonly #look: () => void;
  #timers: ClockTimer[] = [];

  /** @param limitsS - limits of the flow, in seconds */
  constructor(clock: Clock, limitsS: readonly number[], look: () => void) {
    this.#clock = clock;
    const fractions = limitsS.map((limitS) => Math.round((limitS * 1000) % 1000)).filter((ms) => ms > 0);
    this.#afterMs = [...new Set(fractions)];
    this.#look = look;
  }

  /** The watch has looked, and will look again in a second. */
  arm(): void {
    if (this.#afterMs.length === 0) return;
    this.cancel();
    this.#timers = this.#afterMs.map((ms) => this.#clock.setTimer(this.#look, ms));
    for (const timer of this.#timers) timer.unref?.();
  }

  cancel(): void {
    for (const timer of this.#timers) timer.cancel();
  }
}
