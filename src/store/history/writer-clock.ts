/** Time as the writer of a history sees it. */
export interface WriterClock {
  nowMs(): number;
  monotonicMs(): number;
  /** Does not keep the process up. */
  later(callback: () => void, ms: number): { cancel(): void };
  /** Keeps the process up until it is cancelled. */
  hold(): { cancel(): void };
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The clock of the machine. */
export const MACHINE_CLOCK: WriterClock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  later: (callback, ms) => {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  hold: () => {
    const timer = setInterval(() => {}, LONGEST_TIMER_MS);
    return { cancel: () => clearInterval(timer) };
  },
};
