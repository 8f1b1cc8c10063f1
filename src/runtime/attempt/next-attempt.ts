import { WheelEntry } from '../../scheduling/timer-wheel.js';
import { AttemptContext } from './attempt-context.js';
import type { FlowCore } from '../core/flow-core.js';
import type { AttemptSlot } from './attempt-slot.js';
import { SlotState } from './current-attempt.js';
import type { TraceRecord } from '../trace/trace-record.js';

const AT_ONCE = Promise.resolve();

/** Whoever brought a message from elsewhere may have it back for longer waits, in milliseconds. */
const LONG_WAIT_MS = 30_000;

/** When the next attempt of a slot that is in state `backoff` is made: after a wait, or in a microtask. */
export class NextAttempt {
  /** The one that takes its place takes the next attempt over. */
  slot: AttemptSlot;
  readonly #core: FlowCore;
  #wait: WheelEntry | undefined;
  /** Set while its node starts nothing. */
  #heldBack: (() => void) | undefined;
  /** The trace whose message waits for its retry. */
  #retrying: TraceRecord | undefined;

  constructor(slot: AttemptSlot, core: FlowCore) {
    this.slot = slot;
    this.#core = core;
  }

  /** Follows the attempt of `context` after `waitMs`; 0 is in a microtask. */
  after(context: AttemptContext, waitMs: number): void {
    if (waitMs > LONG_WAIT_MS && isPutOff(context, waitMs)) return;
    const begin = this.#beginAfter(context);
    if (context.attempt >= 0) {
      this.#retrying = AttemptContext.parcel(context).envelope.trace;
      this.#retrying.retrying++;
    }
    if (waitMs > 0) {
      this.#wait = new WheelEntry(begin, true);
      this.#core.wheel.schedule(this.#wait, waitMs);
    } else {
      void (this.#core.runQueue.opened() ?? AT_ONCE).then(begin);
    }
  }

  /** It does not follow: the message was taken away. True when it was to be a retry. */
  cancel(): boolean {
    if (this.#wait !== undefined) this.#core.wheel.cancel(this.#wait);
    if (this.#heldBack !== undefined) this.slot.host.late.forget(this.#heldBack);
    this.#heldBack = undefined;
    return this.#waited();
  }

  #waited(): boolean {
    // It has the message, which is not to be kept longer than its attempts.
    this.#wait = undefined;
    if (this.#retrying === undefined) return false;
    this.#retrying.retrying--;
    this.#retrying = undefined;
    return true;
  }

  /** Begins the attempt that follows. All in one: docs/performance.md, "frames". */
  #beginAfter(context: AttemptContext): () => void {
    const { slot } = this;
    const { runQueue } = this.#core;
    const begin = (): void => {
      // The message may be gone, and another one in its place.
      if (!slot.isIn(context, SlotState.backoff)) return;
      this.#heldBack = slot.host.late.holdBack(begin) ? begin : undefined;
      if (this.#heldBack !== undefined) return;
      this.#waited();
      runQueue.tick();
      runQueue.enter();
      try {
        const parcel = AttemptContext.parcel(context);
        slot.begin(parcel, context.attempt + 1, AttemptContext.input(context), context.delivery);
      } finally {
        runQueue.leave();
      }
    };
    return begin;
  }
}

/** Whether the message waits for its next attempt where it came from. */
function isPutOff(context: AttemptContext, waitMs: number): boolean {
  const parcel = AttemptContext.parcel(context);
  return parcel.envelope.trace.reader?.putsOff?.(parcel, waitMs, context.attempt + 1) === true;
}
