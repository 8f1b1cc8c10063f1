/** A timer that was set; cancelling twice is fine. */
export interface ClockTimer {
  cancel(): void;
  /** Lets the process end while the timer waits; a timer that holds no process needs none. */
  unref?(): void;
}

/** Where the runtime takes the time from. Bind the `CLOCK` token to replace it. */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch. */
  now(): number;
  /** Milliseconds from an arbitrary start; never goes back. */
  monotonic(): number;
  /**
   * The start of an attempt on the scale of `monotonic`, or NaN where reading it is too dear to do per attempt: the
   * runtime then counts from its next timer check, which makes a timeout up to a tenth late on a free event loop, and not early.
   */
  stamp(): number;
  /** Calls back once after `delayMs`. */
  setTimer(callback: () => void, delayMs: number): ClockTimer;
}
