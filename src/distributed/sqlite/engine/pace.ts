const SLOW_MS = 2;
const GATHER_MS = 1;
const BUSY_POLL_MS = 2;
const IDLE_POLL_MS = 25;
/** After this without anything to do, the thread looks less often. */
const BUSY_MS = 100;

/** How soon the thread works again. */
export class Pace {
  #writeMs = 0;
  #wroteMs = 0;
  #workedMs = 0;
  #busySinceMs = Infinity;

  /** There was something to do. */
  worked(nowMs: number): void {
    if (nowMs - this.#workedMs >= BUSY_MS) this.#busySinceMs = nowMs;
    this.#workedMs = nowMs;
  }

  /** A transaction has been stored that began then. */
  wrote(startedMs: number): void {
    this.#wroteMs = performance.now();
    this.#writeMs = this.#wroteMs - startedMs;
  }

  /** When the thread has begun to be busy; Infinity when it is not. */
  get busySinceMs(): number {
    return this.pollMs === BUSY_POLL_MS ? this.#busySinceMs : Infinity;
  }

  /** How soon it looks whether others have written. */
  get pollMs(): number {
    return performance.now() - this.#workedMs < BUSY_MS ? BUSY_POLL_MS : IDLE_POLL_MS;
  }

  /** How soon it goes on: where the disk is slow, what follows from the last answers is to go into one transaction. */
  get gatherMs(): number {
    return this.#writeMs > SLOW_MS && performance.now() - this.#wroteMs < GATHER_MS ? GATHER_MS : 0;
  }
}
