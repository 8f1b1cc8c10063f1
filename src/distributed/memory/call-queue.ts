import { setImmediate } from 'node:timers';

import { Fifo } from './fifo.js';

/** After so many calls timers and sockets get their turn. */
const CALLS_PER_TURN = 256;

/**
 * Calls back in order, and never inside the call that leads to it: like an engine whose answers come over a connection. A call that throws ends nothing but itself;
 * what it throws is an uncaught exception.
 */
export class CallQueue {
  readonly #calls = new Fifo<() => void>();
  #isAwaited = false;
  #left = CALLS_PER_TURN;

  add(call: () => void): void {
    this.#calls.push(call);
    if (!this.#isAwaited) this.#await();
  }

  #await(): void {
    this.#isAwaited = true;
    if (this.#left > 0) queueMicrotask(this.#run);
    else setImmediate(this.#nextTurn);
  }

  readonly #nextTurn = (): void => {
    this.#left = CALLS_PER_TURN;
    this.#run();
  };

  readonly #run = (): void => {
    try {
      for (; this.#left > 0; this.#left -= 1) {
        const call = this.#calls.shift();
        if (call === undefined) break;
        call();
      }
    } finally {
      this.#isAwaited = false;
      if (this.#calls.size > 0) this.#await();
    }
  };
}
