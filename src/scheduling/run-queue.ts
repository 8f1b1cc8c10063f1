import type { LoopGovernor } from './loop-governor.js';

/** A worker that the run queue can give a turn to. */
export interface Runnable {
  /** True while it stands in the queue. */
  scheduled: boolean;
  /** What comes after it in the queue; the queue's own field. */
  nextInLine: Runnable | undefined;
  /** Starts what can be started now. */
  pump(): void;
}

/**
 * Gives workers their turns, one after the other, without promises and without recursion: a worker that feeds another
 * one only puts it in line, however long the chain of nodes is.
 */
export class RunQueue {
  readonly #governor: LoopGovernor;
  #first: Runnable | undefined;
  #last: Runnable | undefined;
  /** Changes whenever user code may have run, so that the time is read anew. */
  turn = 0;
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
    if (this.#last === undefined) this.#first = worker;
    else this.#last.nextInLine = worker;
    this.#last = worker;
    if (this.#depth === 0) this.#drainAnew();
  }

  /** Begins a turn from outside (a settled promise, an `emit`): what is scheduled inside runs at `leave`. */
  enter(): void {
    if (this.#depth++ === 0) this.userCodeRan();
  }

  /** True outside of every turn. */
  get isIdle(): boolean {
    return this.#depth === 0;
  }

  /** Makes what was read of the clock out of date; a turn that begins does so by itself. */
  userCodeRan(): void {
    // Stays a small integer for ever.
    this.turn = (this.turn + 1) & 0x3fffffff;
  }

  leave(): void {
    if (--this.#depth === 0 && this.#first !== undefined) this.#drain();
  }

  /** Resolves when the event loop had its turn; undefined when nobody needs to wait. */
  opened(): Promise<void> | undefined {
    if (!this.#governor.closed) return undefined;
    return new Promise((resolve) => {
      this.#governor.whenOpen(resolve);
    });
  }

  /** An answer for those who have to wait until the event loop had its turn. */
  async answerLater<Answer>(answer: Answer): Promise<Answer> {
    await this.opened();
    return answer;
  }

  #drainAnew(): void {
    this.userCodeRan();
    this.#drain();
  }

  #drain(): void {
    this.#depth++;
    try {
      for (let worker = this.#first; worker !== undefined; worker = this.#first) {
        if (this.#governor.closed) {
          this.#resumeLater();
          return;
        }
        this.#first = worker.nextInLine;
        if (this.#first === undefined) this.#last = undefined;
        worker.nextInLine = undefined;
        worker.scheduled = false;
        worker.pump();
      }
    } finally {
      this.#depth--;
    }
  }

  #resumeLater(): void {
    if (this.#resuming) return;
    this.#resuming = true;
    this.#governor.whenOpen(() => {
      this.#resuming = false;
      if (this.#depth === 0) this.#drainAnew();
    });
  }
}
