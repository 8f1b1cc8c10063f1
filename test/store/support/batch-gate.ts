import { setImmediate as turn } from 'node:timers/promises';
import type { FlowStore } from '#src/store/index.js';
import { storeWith } from './store-with.js';

/** Lets so many batches into a store as it is told to; all others wait. What goes in takes a turn of the event loop, as with any database. */
export class BatchGate {
  readonly store: FlowStore;
  #free = 0;
  #waiting: (() => void)[] = [];

  constructor(behind: FlowStore) {
    this.store = storeWith({ write: (batch) => this.#pass().then(() => behind.write(batch)) }, behind);
  }

  /** @param batches - that may go in, beside those that may already */
  open(batches = Number.POSITIVE_INFINITY): void {
    this.#free += batches;
    const enter = this.#waiting;
    this.#waiting = [];
    for (const next of enter) next();
  }

  async #pass(): Promise<void> {
    while (this.#free < 1) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
      });
    }
    this.#free--;
    await turn();
  }
}
