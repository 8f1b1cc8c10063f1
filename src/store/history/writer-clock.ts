/** Time as the writer of a history sees it. */
export interface WriterClock {
  nowMs(): number;
  monotonicMs(): number;
  /** Does not keep the process up. */
  later(callback: () => void, ms: number): { cancel(): void };
  /** Keeps the process up until it is cancelled, for so long at most. */
  hold(ms: number): { cancel(): void };
}

/** The clock of the machine. */
export const MACHINE_CLOCK: WriterClock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  later: (callback, ms) => {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  hold: (ms) => {
    const timer = setTimeout(() => {}, ms);
    return { cancel: () => clearTimeout(timer) };
  },
};
