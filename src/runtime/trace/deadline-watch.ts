import { WheelEntry, type TimerWheel } from '../../scheduling/timer-wheel.js';
import { inSlices } from '../../scheduling/in-slices.js';
import type { Clock } from '../../ports/clock.js';
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

/**
 * One timer per envelope with a deadline, so that whatever waits under it ends when it passes. Those that pass together are told
 * together, in slices.
 */
export class DeadlineWatch {
  readonly #wheel: TimerWheel;
  readonly #clock: Clock;
  readonly #onPassed: (passed: readonly PassedDeadline[]) => void;
  #passed: PassedDeadline[] = [];

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
    if (envelope.deadlineS === undefined) return;
    const entry = new WheelEntry(() => this.#pass({ envelope, ofTrace }));
    (envelope.trace.deadlines ??= []).push(entry);
    this.#wheel.schedule(entry, envelope.deadlineS * 1000 - this.#clock.now());
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
    for (const entry of trace.deadlines) this.#wheel.cancel(entry);
    trace.deadlines = undefined;
  }

  /** Whether the deadline of an envelope has passed. */
  passed(envelope: Envelope): boolean {
    return envelope.deadlineS !== undefined && this.#clock.now() >= envelope.deadlineS * 1000;
  }
}
