import type { LoopGovernor } from './loop-governor.js';

/** A worker that the run queue can give a turn to. */
export interface Runnable {
  /** True while it stands in the queue. */
  scheduled: boolean;
  /** Starts what can be started now. */
  pump(): void;
}

/**
 * Gives workers their turns, one after the other, without promises and without recursion: a worker that feeds another
 * one only puts it in line, however long the chain of nodes is.
 */
export class RunQueue {
  readonly #governor: LoopGovernor;
  #line: Runnable[] = [];
  #next = 0;
  #depth = 0;
  #resuming = false;

  constructor(governor: LoopGovernor) {
    this.#governor = governor;
  }

  /** True when workers must not start anything: the event loop has its turn. */
  get paused(): boolean {
    return this.#governor.closed;
  }

  /** Counts one invocation for fairness. */
  tick(): void {
    this.#governor.tick();
  }

  /** Puts a worker in line; it runs when the current turn is over, at once when there is none. */
  schedule(worker: Runnable): void {
    if (worker.scheduled) return;
    worker.scheduled = true;
    this.#line.push(worker);
    if (this.#depth === 0) this.#drain();
  }

  /** Begins a turn from outside (a settled promise, an `emit`): what is scheduled inside runs at `leave`. */
  enter(): void {
    this.#depth++;
  }

  leave(): void {
    if (--this.#depth === 0 && this.#line.length !== 0) this.#drain();
  }

  /** Resolves when the event loop had its turn; undefined when nobody needs to wait. */
  opened(): Promise<void> | undefined {
    if (!this.#governor.closed) return undefined;
    return new Promise((resolve) => {
      this.#governor.whenOpen(resolve);
    });
  }

  #drain(): void {
    this.#depth++;
    try {
      while (this.#next < this.#line.length) {
        if (this.#governor.closed) {
          this.#resumeLater();
          return;
        }
        const worker = this.#line[this.#next++] as Runnable;
        worker.scheduled = false;
        worker.pump();
        if (this.#next === 1024) this.#compact();
      }
      this.#line.length = 0;
      this.#next = 0;
    } finally {
      this.#depth--;
    }
  }

  #compact(): void {
    this.#line = this.#line.slice(this.#next);
    this.#next = 0;
  }

  #resumeLater(): void {
    if (this.#resuming) return;
    this.#resuming = true;
    this.#governor.whenOpen(() => {
      this.#resuming = false;
      if (this.#depth === 0) this.#drain();
    });
  }
}
