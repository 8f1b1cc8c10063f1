// Imported: the global of that name is a getter, which costs a tenth of a hop each time.
import { performance } from 'node:perf_hooks';

import type { Clock, ClockTimer } from '../ports/clock.js';

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
    const timer = setTimeout(callback, Math.max(0, delayMs));
    return { cancel: () => clearTimeout(timer) };
  }
}
