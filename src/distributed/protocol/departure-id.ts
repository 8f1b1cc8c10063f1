import type { CarriedMessage } from '../../index.js';
import { digest } from './digest.js';

/** What makes messages of an arrival equal (D5). Trace parent, time and deadline do not. */
export interface SentFacts extends Pick<CarriedMessage, 'headers'> {
  /** Where it goes; `Rookery` for a result. */
  readonly queue: string;
  /** Tagged JSON, like the body. */
  readonly meta: string | undefined;
  readonly piece: boolean;
  readonly body: string;
}

/** Gives what an arrival sends its ids: the same ones when it runs again and sends the same, whatever the order. */
export class DepartureIds {
  readonly #arrival: string;
  /** How often each was sent. */
  readonly #occurrences = new Map<string, number>();

  /** @param arrival - the id of the message that arrived */
  constructor(arrival: string) {
    this.#arrival = arrival;
  }

  /** The id of what is about to be sent; `take` says that it was. */
  next({ queue, headers, meta, piece, body }: SentFacts): { readonly id: string; readonly take: () => void } {
    const { tenant, topic, priority } = headers;
    const facts = JSON.stringify([this.#arrival, queue, tenant, topic, priority, meta, piece]);
    // What stands before the body is JSON, which ends where it ends: no two lists of facts look alike.
    const equal = digest(`${facts}${body}`);
    const occurrence = this.#occurrences.get(equal) ?? 0;
    const take = (): void => void this.#occurrences.set(equal, occurrence + 1);
    return { id: occurrence === 0 ? equal : digest(`${equal} ${occurrence}`), take };
  }
}
