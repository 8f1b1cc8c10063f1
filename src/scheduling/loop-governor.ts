// Imported: what a test puts in the place of the global may never call back, and this one is for all flows of the process.
import { setImmediate } from 'node:timers';
import { performance } from 'node:perf_hooks';

/** Invocations between two looks at the clock. */
const LOOK_EVERY = 64;

/** How long the runtime may go on without letting a macrotask run, in milliseconds. */
const BUDGET_MS = 8;

/**
 * Keeps the runtime from starving the event loop.
 *
 * Promise callbacks run before timers and I/O, so a pipeline that always has work would never let them in. Every 64
 * invocations the governor looks at the clock; once 8 ms went by without a macrotask it closes the gate until
 * `setImmediate` has run. While the gate is closed nothing new is started; what has been started settles as usual.
 */
export class LoopGovernor {
  /** True while the event loop has its turn. */
  closed = false;

  #untilLook = LOOK_EVERY;
  #armed = false;
  #since = 0;
  readonly #waiting: (() => void)[] = [];

  /** Counts one invocation (or one put by a producer). */
  tick(): void {
    if (--this.#untilLook === 0) this.look();
  }

  /** Calls back once the gate is open again, in the order of the calls. */
  whenOpen(callback: () => void): void {
    this.#waiting.push(callback);
  }

  /** Closes the gate when it is time. Not private: a call of what is private is twice as much code. */
  look(): void {
    this.#untilLook = LOOK_EVERY;
    const now = performance.now();
    if (!this.#armed) {
      this.#armed = true;
      this.#since = now;
      setImmediate(() => this.#onMacrotask());
    } else if (now - this.#since > BUDGET_MS) {
      this.closed = true;
    }
  }

  #onMacrotask(): void {
    this.#armed = false;
    this.closed = false;
    for (const callback of this.#waiting.splice(0)) callback();
  }
}

/** The governor of this event loop: all flows of a process share one loop, so they share the budget too. */
export const loopGovernor = new LoopGovernor();
