import { SystemClock, type ClockTimer } from '#src/index.js';

/** The clock of an event loop that is blocked now and then: time goes on, and the timers that were due come late, all at once. */
export class BlockedLoopClock extends SystemClock {
  #elapsedMs = 0;
  #timers: { readonly due: number; readonly callback: () => void }[] = [];

  override now(): number {
    return 1_700_000_000_000 + this.#elapsedMs;
  }

  override monotonic(): number {
    return this.#elapsedMs;
  }

  override stamp(): number {
    return Number.NaN;
  }

  override setTimer(callback: () => void, delayMs: number): ClockTimer {
    const timer = { due: this.#elapsedMs + delayMs, callback };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#timers.length;
  }

  /** Time goes on inside of code that blocks the loop: no timer fires. */
  spend(ms: number): void {
    this.#elapsedMs += ms;
  }

  /** Blocks the loop; what is due by then fires at its end. */
  block(ms: number): void {
    this.spend(ms);
    const due = this.#timers.filter((timer) => timer.due <= this.#elapsedMs).toSorted((a, b) => a.due - b.due);
    for (const timer of due) {
      // One before it may have cancelled it.
      if (!this.#timers.includes(timer)) continue;
      this.#timers = this.#timers.filter((other) => other !== timer);
      timer.callback();
    }
  }
}
