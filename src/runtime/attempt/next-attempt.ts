import { WheelEntry } from '../../scheduling/timer-wheel.js';
import { AttemptContext } from './attempt-context.js';
import type { FlowCore } from '../core/flow-core.js';
import type { AttemptSlot } from './attempt-slot.js';
import { SlotState } from './current-attempt.js';

const AT_ONCE = Promise.resolve();

/** When the next attempt of a slot that is in state `backoff` is made: after a wait, or in a microtask. */
export class NextAttempt {
  readonly #slot: AttemptSlot;
  readonly #core: FlowCore;
  #wait: WheelEntry | undefined;

  constructor(slot: AttemptSlot, core: FlowCore) {
    this.#slot = slot;
    this.#core = core;
  }

  /** Follows the attempt of `context` after `waitMs`; 0 is in a microtask. */
  after(context: AttemptContext, waitMs: number): void {
    const begin = this.#beginAfter(context);
    if (waitMs > 0) {
      this.#wait = new WheelEntry(begin);
      this.#core.wheel.schedule(this.#wait, waitMs);
    } else {
      void (this.#core.runQueue.opened() ?? AT_ONCE).then(begin);
    }
  }

  /** It does not follow: the message was taken away. */
  cancel(): void {
    if (this.#wait === undefined) return;
    this.#core.wheel.cancel(this.#wait);
    this.#wait = undefined;
  }

  /** Begins the attempt that follows. All in one: docs/performance.md, "frames". */
  #beginAfter(context: AttemptContext): () => void {
    const slot = this.#slot;
    const { runQueue } = this.#core;
    return () => {
      // The message may be gone, and another one in its place.
      if (!slot.isIn(context, SlotState.backoff)) return;
      // It has the message, which is not to be kept longer than its attempts.
      this.#wait = undefined;
      runQueue.tick();
      runQueue.enter();
      try {
        const parcel = AttemptContext.parcel(context);
        slot.begin(parcel, context.attempt + 1, AttemptContext.input(context), context.delivery);
      } finally {
        runQueue.leave();
      }
    };
  }
}
