import type { PlanNode } from '../../graph/flow-plan.js';
import type { Clock } from '../../ports/clock.js';
import { WheelEntry } from '../../scheduling/timer-wheel.js';
import type { FlowCore } from '../core/flow-core.js';
import { reportBlock } from './attempt-failure.js';
import type { AttemptContext } from './attempt-context.js';
import { LATENCY_EVENTS } from './attempt-host.js';
import type { AttemptSlot } from './attempt-slot.js';
import { BlockedStarts } from './blocked-starts.js';
import { SlotState } from './current-attempt.js';
import { timeoutError } from './timeout-error.js';

/** How often a busy node with `timeoutS` looks at its attempts: ten times per timeout, within these bounds. */
const SHORTEST_CHECK_MS = 1;
const LONGEST_CHECK_MS = 100;

/** When the attempts of one node began, and the one timer that expires those which outlive `timeoutS`. */
export class AttemptTimeouts {
  /** Whether the start of an attempt is noted, be it only to arm the timer. */
  noted = true;
  /** Whether each start is noted, also while the timer is armed. */
  #alwaysNoted: boolean;
  readonly #core: FlowCore;
  readonly #plan: PlanNode;
  readonly #slots: readonly AttemptSlot[];
  readonly #timeoutMs: number | undefined;
  readonly #timer = new WheelEntry(() => this.#expire());
  readonly #blocked: BlockedStarts;

  /** @param slots - those of the node, now and later */
  constructor(core: FlowCore, plan: PlanNode, slots: readonly AttemptSlot[]) {
    const { timeoutS, maxPerS, retryBudget } = plan.policy;
    this.#core = core;
    this.#plan = plan;
    this.#slots = slots;
    this.#timeoutMs = timeoutS === undefined ? undefined : timeoutS * 1000;
    const counts = maxPerS !== undefined || retryBudget !== undefined;
    this.#alwaysNoted = counts || core.tracer !== undefined || !Number.isNaN(core.clock.stamp());
    this.#blocked = new BlockedStarts(core.plan.blockedMs);
    this.#note();
  }

  /** An attempt begins: arms the timer, and gives the start on the monotonic scale, NaN where nobody needs it exactly. */
  begin(): number {
    const { bus, clock, time, wheel } = this.#core;
    const sampled = this.#blocked.isNextTimed(clock);
    if (this.#timeoutMs !== undefined && !this.#timer.scheduled) {
      const now = clock.monotonic();
      wheel.scheduleAt(this.#timer, now + checkAfterMs(clock, this.#timeoutMs, now, now));
      this.#note();
      return now;
    }
    this.#note();
    // What was read last may be from before code that was not timed, and may have blocked.
    if (sampled) return clock.monotonic();
    if ((bus.mask & LATENCY_EVENTS) !== 0) return time.monotonic();
    return this.#timeoutMs === undefined ? Number.NaN : clock.stamp();
  }

  /** From now on each start is noted: somebody has begun to trace. */
  noteAll(): void {
    this.#alwaysNoted = this.noted = true;
  }

  /** The next start is timed, whoever listens. */
  timeNext(): void {
    this.#blocked.timeNext();
    this.#note();
  }

  /**
   * `process` has returned, or thrown, which ended its synchronous part: tells when that held the event loop for too long, and ends the
   * attempt when it held it for longer than the attempt may take. False: there is nothing more to note.
   */
  returned(slot: AttemptSlot, context: AttemptContext): false {
    const { onBlocked, runQueue, time } = this.#core;
    runQueue.userCodeRan();
    if (!this.#blocked.isOn || Number.isNaN(slot.since)) return false;
    const nowMs = time.monotonic();
    const ms = nowMs - slot.since;
    if (this.#blocked.isTooLong(ms, nowMs)) {
      this.#note();
      onBlocked(ms);
      reportBlock(slot, context, ms);
    }
    const outlived = this.#timeoutMs !== undefined && ms >= this.#timeoutMs;
    // The node itself may have cancelled its run, or a listener.
    if (outlived && slot.isIn(context, SlotState.running)) this.#expireOne(slot);
    return false;
  }

  /** Milliseconds the attempt has left, by its timeout alone; Infinity without one. */
  leftMs(context: AttemptContext): number {
    if (this.#timeoutMs === undefined) return Number.POSITIVE_INFINITY;
    const slot = this.#slots.find((candidate) => candidate.context === context);
    if (slot === undefined) return 0;
    const now = this.#core.clock.monotonic();
    if (Number.isNaN(slot.since)) slot.since = now;
    return slot.since + this.#timeoutMs - now;
  }

  #note(): void {
    const arms = this.#timeoutMs !== undefined && !this.#timer.scheduled;
    this.noted = this.#alwaysNoted || arms || this.#blocked.timesNext;
  }

  #expire(): void {
    const timeoutMs = this.#timeoutMs as number;
    const { clock, runQueue, wheel } = this.#core;
    const now = clock.monotonic();
    // The next attempt to begin arms it anew.
    this.noted = true;
    let oldest = Number.POSITIVE_INFINITY;
    runQueue.enter();
    try {
      for (const slot of [...this.#slots]) {
        if (slot.state !== SlotState.running) continue;
        if (Number.isNaN(slot.since)) slot.since = now;
        if (now - slot.since >= timeoutMs) this.#expireOne(slot);
        else oldest = Math.min(oldest, slot.since);
      }
    } finally {
      runQueue.leave();
    }
    // Attempts that began while this one was expiring may have armed the timer themselves.
    if (oldest !== Number.POSITIVE_INFINITY) {
      const due = now + checkAfterMs(clock, timeoutMs, now, oldest);
      if (!this.#timer.scheduled || due < this.#timer.due) wheel.scheduleAt(this.#timer, due);
    }
    this.#note();
  }

  #expireOne(slot: AttemptSlot): void {
    slot.expire(timeoutError(this.#plan, slot.parcel?.envelope.trace.id));
  }
}

/** Milliseconds to the next look: the oldest attempt's timeout, or sooner where starts are not stamped exactly. */
function checkAfterMs(clock: Clock, timeoutMs: number, now: number, oldest: number): number {
  const untilExpiry = oldest + timeoutMs - now;
  if (!Number.isNaN(clock.stamp())) return untilExpiry;
  return Math.min(untilExpiry, Math.min(LONGEST_CHECK_MS, Math.max(SHORTEST_CHECK_MS, timeoutMs / 10)));
}
