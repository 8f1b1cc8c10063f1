import { WheelEntry, type TimerWheel } from '../../scheduling/timer-wheel.js';
import type { Clock } from '../../ports/clock.js';
import type { Envelope } from './envelope.js';
import type { TraceRecord } from './trace-record.js';

/** One timer per envelope with a deadline, so that whatever waits under it ends when it passes. */
export class DeadlineWatch {
  readonly #wheel: TimerWheel;
  readonly #clock: Clock;
  readonly #onPassed: (envelope: Envelope, ofTrace: boolean) => void;

  constructor(wheel: TimerWheel, clock: Clock, onPassed: (envelope: Envelope, ofTrace: boolean) => void) {
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
    const entry = new WheelEntry(() => this.#onPassed(envelope, ofTrace));
    (envelope.trace.deadlines ??= []).push(entry);
    this.#wheel.schedule(entry, envelope.deadlineS * 1000 - this.#clock.now());
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
