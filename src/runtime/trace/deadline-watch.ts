import { WheelEntry, type TimerWheel } from '../../scheduling/timer-wheel.js';
import { inSlices } from '../../scheduling/in-slices.js';
import type { Clock } from '../../ports/clock.js';
import type { Deadline } from './deadline.js';
import type { Envelope } from './envelope.js';
import type { TraceRecord } from './trace-record.js';

/** A deadline that has passed. */
export interface PassedDeadline {
  readonly envelope: Envelope;
  /** Whether it is that of the whole run, or only of the messages in this envelope. */
  readonly ofTrace: boolean;
}

/** Runs whose deadlines have passed are ended so many at once. */
const PER_PART = 64;

/** How often times of day are compared with the wall clock, which may be set, in milliseconds. */
const COMPARE_EVERY_MS = 1_000;

/** By how much the wall clock must have been set to be worth it, in milliseconds: reading it is no more exact than one. */
const WORTH_MS = 5;

/**
 * One timer per envelope with a deadline, so that whatever waits under it ends when it passes. Those that pass together are told
 * together, in slices.
 */
export class DeadlineWatch {
  readonly #wheel: TimerWheel;
  readonly #clock: Clock;
  readonly #onPassed: (passed: readonly PassedDeadline[]) => void;
  #passed: PassedDeadline[] = [];
  /** Those that end at a time of day, whenever that is on the monotonic clock. */
  readonly #absolute = new Map<WheelEntry, Deadline>();
  readonly #compare = new WheelEntry(() => this.#compareClocks());
  /** Wall clock minus monotonic clock, when those were scheduled. */
  #offsetMs = 0;

  constructor(wheel: TimerWheel, clock: Clock, onPassed: (passed: readonly PassedDeadline[]) => void) {
    this.#wheel = wheel;
    this.#clock = clock;
    this.#onPassed = onPassed;
  }

  /**
   * Starts to watch; does nothing for an envelope without a deadline.
   *
   * @param ofTrace - whether the whole trace ends with it, or only the messages in this envelope
   */
  watch(envelope: Envelope, ofTrace: boolean): void {
    const { deadline, trace } = envelope;
    if (deadline === undefined) return;
    const entry = new WheelEntry(() => {
      if (deadline.hasPassed(this.#clock)) {
        this.#unwatch(entry);
        this.#pass({ envelope, ofTrace });
      } else this.#schedule(entry, deadline); // the wall clock was set back
    });
    (trace.deadlines ??= []).push(entry);
    this.#schedule(entry, deadline);
    if (deadline.wallMs === Number.POSITIVE_INFINITY) return;
    this.#absolute.set(entry, deadline);
    if (this.#compare.scheduled) return;
    this.#offsetMs = this.#readOffset();
    this.#wheel.schedule(this.#compare, COMPARE_EVERY_MS);
  }

  #schedule(entry: WheelEntry, deadline: Deadline): void {
    const isRelative = deadline.wallMs === Number.POSITIVE_INFINITY;
    if (isRelative) this.#wheel.scheduleAt(entry, deadline.endsMs);
    else this.#wheel.schedule(entry, deadline.leftMs(this.#clock));
  }

  #readOffset(): number {
    return this.#clock.now() - this.#clock.monotonic();
  }

  #compareClocks(): void {
    if (this.#absolute.size === 0) return;
    this.#wheel.schedule(this.#compare, COMPARE_EVERY_MS);
    const offsetMs = this.#readOffset();
    if (Math.abs(offsetMs - this.#offsetMs) < WORTH_MS) return;
    this.#offsetMs = offsetMs;
    for (const [entry, deadline] of this.#absolute) if (entry.scheduled) this.#schedule(entry, deadline);
  }

  #pass(deadline: PassedDeadline): void {
    if (this.#passed.push(deadline) === 1) this.#wheel.afterFiring(() => this.#tell());
  }

  #tell(): void {
    const passed = this.#passed;
    this.#passed = [];
    inSlices(passed, PER_PART, this.#onPassed);
  }

  /** Ends the watch over all envelopes of a trace that is gone. */
  forget(trace: TraceRecord): void {
    if (trace.deadlines === undefined) return;
    for (const entry of trace.deadlines) {
      this.#wheel.cancel(entry);
      this.#unwatch(entry);
    }
    trace.deadlines = undefined;
  }

  #unwatch(entry: WheelEntry): void {
    if (this.#absolute.delete(entry) && this.#absolute.size === 0) this.#wheel.cancel(this.#compare);
  }
}
