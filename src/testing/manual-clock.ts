import type { Clock, ClockTimer } from '../index.js';

interface ManualTimer {
  readonly due: number;
  readonly callback: () => void;
  /** Whether it would keep a process from ending. */
  holds: boolean;
}

/**
 * A clock that moves only when it is told to: drives timeouts, backoff and deadlines in tests without waiting.
 *
 * @example
 * ```ts
 * const clock = new ManualClock();
 * const flow = createFlow(Orders, { providers: [{ token: CLOCK, useValue: clock }] });
 * await flow.run();
 * const call = flow.call(order);
 * await clock.advance(5_000); // the node's timeoutS: 5 is over
 * ```
 */
export class ManualClock implements Clock {
  #nowMs: number;
  #elapsedMs = 0;
  #timers: ManualTimer[] = [];

  /** @param startMs - wall-clock time at the start, in milliseconds since the epoch; @defaultValue 1,700,000,000,000 */
  constructor(startMs = 1_700_000_000_000) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonic(): number {
    return this.#elapsedMs;
  }

  stamp(): number {
    return this.#elapsedMs;
  }

  setTimer(callback: () => void, delayMs: number): ClockTimer {
    const timer = { due: this.#elapsedMs + Math.max(0, delayMs), callback, holds: true };
    this.#timers.push(timer);
    return {
      cancel: () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
      },
      unref: () => void (timer.holds = false),
    };
  }

  /**
   * Sets the wall clock, as somebody may set that of a machine. No timer fires: they go by the monotonic clock.
   *
   * @param nowMs - in milliseconds since the epoch
   */
  setNow(nowMs: number): void {
    this.#nowMs = nowMs;
  }

  /** Timers that wait, but for those that would let a process end. */
  get pending(): number {
    return this.#timers.filter(({ holds }) => holds).length;
  }

  /**
   * Moves the time on. Every timer on the way fires at its own time, and promises get to run before and after each.
   *
   * @param ms - how far, in milliseconds
   */
  async advance(ms: number): Promise<void> {
    const end = this.#elapsedMs + ms;
    await settle();
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#moveTo(next.due);
      next.callback();
      await settle();
    }
    this.#moveTo(end);
    await settle();
  }

  #next(end: number): ManualTimer | undefined {
    let earliest: ManualTimer | undefined;
    for (const timer of this.#timers) {
      if (timer.due <= end && (earliest === undefined || timer.due < earliest.due)) earliest = timer;
    }
    return earliest;
  }

  #moveTo(elapsedMs: number): void {
    if (elapsedMs <= this.#elapsedMs) return;
    this.#nowMs += elapsedMs - this.#elapsedMs;
    this.#elapsedMs = elapsedMs;
  }
}

/** Lets everything run that is ready: a macrotask comes after all promise callbacks. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
