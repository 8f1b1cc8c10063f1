import type { Clock, ClockTimer } from '#src/index.js';

/** The clock of an event loop that is blocked now and then: time goes on, and the timers that were due come late, all at once. */
export class BlockedLoopClock implements Clock {
  #elapsedMs = 0;
  #timers: { readonly due: number; readonly callback: () => void }[] = [];

  now(): number {
    return 1_700_000_000_000 + this.#elapsedMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  stamp(): number {
    return Number.NaN;
  }

  setTimer(callback: () => void, delayMs: number): ClockTimer {
    const timer = { due: this.#elapsedMs + delayMs, callback };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  /** Time goes on inside of code that blocks the loop: no timer fires. */
  spend(ms: number): void {
    this.#elapsedMs += ms;
  }

  /** Blocks the loop; what is due by then fires at its end. */
  block(ms: number): void {
    this.spend(ms);
    const due = this.#timers.filter((timer) => timer.due <= this.#elapsedMs).toSorted((a, b) => a.due - b.due);
    this.#timers = this.#timers.filter((timer) => !due.includes(timer));
    for (const { callback } of due) callback();
  }
}
