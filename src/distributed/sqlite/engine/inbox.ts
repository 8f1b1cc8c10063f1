import type { Call } from '../thread-protocol.js';
import { needOf } from './operations.js';

const MAX_CALLS = 500;

/** Calls that have not been made, in the order in which they came. */
export class Inbox {
  #calls: Call[] = [];
  /** So many are made one by one, as one of them fails all others. */
  #single = 0;

  get size(): number {
    return this.#calls.length;
  }

  push(call: Call): void {
    this.#calls.push(call);
  }

  /** They come first the next time. */
  putBack(calls: readonly Call[]): void {
    this.#calls.unshift(...calls);
  }

  drop(call: Call): void {
    this.#calls = this.#calls.filter((each) => each !== call);
  }

  oneByOne(count: number): void {
    this.#single = count;
  }

  /** The calls of one transaction. A plan comes alone; what stores something waits while the engine is full. */
  take(isFull: boolean): readonly Call[] {
    const [batch, rest]: [Call[], Call[]] = [[], []];
    const most = this.#single > 0 ? 1 : MAX_CALLS;
    this.#single = Math.max(0, this.#single - 1);
    for (const call of this.#calls) {
      const isAlone = call.name === 'provision' && batch.length > 0;
      const waits = isFull && needOf(call) === 'store';
      if (batch.length >= most || isAlone || waits || batch[0]?.name === 'provision') rest.push(call);
      else batch.push(call);
    }
    this.#calls = rest;
    return batch;
  }

  /** Those of a session that is closed. */
  takeAll(session: number): readonly Call[] {
    const taken = this.#calls.filter((call) => call.session === session);
    this.#calls = this.#calls.filter((call) => call.session !== session);
    return taken;
  }
}
