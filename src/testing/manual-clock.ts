import { setImmediate } from 'node:timers';
import type { Clock, ClockTimer } from '../index.js';
import { invalid } from './invalid.js';

/** Fake timers of a test may stand in the place of the global, and never call back. This one is kept from the beginning. */
const afterPromises = setImmediate;

interface ManualTimer {
  readonly due: number;
  readonly callback: () => void;
  /** Whether it would keep a process from ending. */
  holds: boolean;
}

/**
 * A clock that moves only when it is told to: drives timeouts, backoff and deadlines in tests without waiting. Fake timers of a test
 * framework beside it do not matter to it.
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
  /** The last move that was asked for. */
  #moved: Promise<void> = Promise.resolve();

  /**
   * @param startMs - wall-clock time at the start, in milliseconds since the epoch; @defaultValue 1,700,000,000,000
   * @throws FlowError `INVALID_OPTION` when it is no finite number
   */
  constructor(startMs = 1_700_000_000_000) {
    this.#nowMs = finite(startMs, '`startMs` of ManualClock');
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
    // Like a timer of the platform, which takes what is no number for at once.
    const timer = { due: this.#elapsedMs + (delayMs > 0 ? delayMs : 0), callback, holds: true };
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
   * @throws FlowError `INVALID_OPTION` when it is no finite number
   */
  setNow(nowMs: number): void {
    this.#nowMs = finite(nowMs, '`nowMs` of ManualClock.setNow()');
  }

  /** Timers that wait, but for those that would let a process end. */
  get pending(): number {
    return this.#timers.filter(({ holds }) => holds).length;
  }

  /**
   * Moves the time on. Every timer on the way fires at its own time, and promises get to run before and after each. Called again before it is
   * done, it goes on from where the call before ends: two seconds and three are five.
   *
   * @param ms - how far, in milliseconds
   * @throws FlowError `INVALID_OPTION` when it is no finite number, or negative: time does not go back
   */
  async advance(ms: number): Promise<void> {
    if (finite(ms, '`ms` of ManualClock.advance()') < 0) throw invalid('`ms` of ManualClock.advance()', '>= 0', ms);
    const moved = this.#moved.then(() => this.#advance(ms));
    // What a timer throws is for this caller alone.
    this.#moved = moved.catch(() => {});
    await moved;
  }

  async #advance(ms: number): Promise<void> {
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
    afterPromises(resolve);
  });
}

function finite(value: number, what: string): number {
  if (!Number.isFinite(value)) throw invalid(what, 'a finite number', value);
  return value;
}
