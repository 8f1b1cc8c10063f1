import { WheelEntry } from '../../scheduling/timer-wheel.js';
import type { FlowCore } from '../core/flow-core.js';

/** The `maxPerS` of a node: at most so many attempts begin in a second, evenly spread. */
export class RateLimit {
  readonly #core: FlowCore;
  readonly #intervalMs: number;
  readonly #timer: WheelEntry;
  #nextStart = Number.NEGATIVE_INFINITY;

  /** @param wake - called when the next attempt may begin */
  constructor(core: FlowCore, maxPerS: number, wake: () => void) {
    this.#core = core;
    this.#intervalMs = 1000 / maxPerS;
    this.#timer = new WheelEntry(wake, true);
  }

  /** Whether somebody waits to be woken. */
  get waiting(): boolean {
    return this.#timer.scheduled;
  }

  /** An attempt begins. */
  noteStart(): void {
    this.#nextStart = Math.max(this.#nextStart, this.#core.clock.monotonic()) + this.#intervalMs;
  }

  /** Milliseconds until the next attempt may begin. */
  waitMs(): number {
    return Math.max(0, this.#nextStart - this.#core.clock.monotonic());
  }

  /** Whether the next attempt must wait; if so, wakes when it may begin. */
  mustWait(): boolean {
    if (this.waitMs() === 0) return false;
    if (!this.#timer.scheduled) this.#core.wheel.scheduleAt(this.#timer, this.#nextStart);
    return true;
  }
}
