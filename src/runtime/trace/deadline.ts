import type { Clock } from '../../ports/clock.js';

/** What a deadline asks of a clock. */
type Time = Pick<Clock, 'now' | 'monotonic'>;

const NEVER = Number.POSITIVE_INFINITY;

/**
 * When the time of a message is up.
 *
 * A `timeoutS` ends on the monotonic clock, whatever is done to the clock of the machine meanwhile; a `deadlineS` that somebody gave is
 * a time of day and ends when the wall clock says so. A message may have both.
 */
export class Deadline {
  /**
   * @param deadlineS - the earlier end in seconds since the epoch, as users and other processes see it
   * @param endsMs - the end on the monotonic scale, in milliseconds; Infinity = none
   * @param wallMs - the end on the wall clock, in milliseconds; Infinity = none
   */
  private constructor(
    readonly deadlineS: number,
    readonly endsMs: number,
    readonly wallMs: number,
  ) {}

  /**
   * The end of what has a time of day, a time from now on, both or neither.
   *
   * @param deadlineS - in seconds since the epoch
   * @param timeoutS - in seconds
   * @param inherited - taken for `deadlineS` where that is what it shows
   */
  static of(
    deadlineS: number | undefined,
    timeoutS: number | undefined,
    clock: Time,
    inherited?: Deadline,
  ): Deadline | undefined {
    const given = deadlineS === inherited?.deadlineS ? inherited : Deadline.at(deadlineS);
    if (timeoutS === undefined || timeoutS === NEVER) return given;
    const endsMs = clock.monotonic() + timeoutS * 1000;
    const endsS = clock.now() / 1000 + timeoutS;
    if (given === undefined) return new Deadline(endsS, endsMs, NEVER);
    return new Deadline(Math.min(given.deadlineS, endsS), Math.min(given.endsMs, endsMs), given.wallMs);
  }

  /** A time of day. */
  static at(deadlineS: number | undefined): Deadline | undefined {
    return deadlineS === undefined ? undefined : new Deadline(deadlineS, NEVER, deadlineS * 1000);
  }

  /** Milliseconds until it passes; 0 or less when it has. */
  leftMs(clock: Time): number {
    // Each clock costs as much as the rest: only what is needed is read.
    const relative = this.endsMs === NEVER ? NEVER : this.endsMs - clock.monotonic();
    return this.wallMs === NEVER ? relative : Math.min(relative, this.wallMs - clock.now());
  }

  hasPassed(clock: Time): boolean {
    return this.leftMs(clock) <= 0;
  }
}
