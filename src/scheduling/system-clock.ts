// Imported: the global of that name is a getter, which costs a tenth of a hop each time.
import { performance } from 'node:perf_hooks';

import type { Clock, ClockTimer } from '../ports/clock.js';

class SystemTimer implements ClockTimer {
  readonly #timer: NodeJS.Timeout;

  constructor(timer: NodeJS.Timeout) {
    this.#timer = timer;
  }

  cancel(): void {
    clearTimeout(this.#timer);
  }

  unref(): void {
    this.#timer.unref();
  }
}

/**
 * The clock of the machine; what `CLOCK` is bound to unless somebody binds another.
 *
 * @example
 * ```ts
 * class ServerClock extends SystemClock {
 *   override now(): number {
 *     return super.now() + offsetMs;
 *   }
 * }
 * createFlow(Orders, { providers: [{ token: CLOCK, useClass: ServerClock }] });
 * ```
 */
export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  stamp(): number {
    return Number.NaN;
  }

  setTimer(callback: () => void, delayMs: number): ClockTimer {
    return new SystemTimer(setTimeout(callback, Math.max(0, delayMs)));
  }
}
