import type { Message } from '../message/message.js';
import type { NodeContext } from '../ports/node-context.js';

/** One message at a join. */
interface Arrival {
  /** Which message of the node it is; the same when the node is retried. */
  readonly delivery: number;
  readonly place: number;
  payload: unknown;
  /** Ends its hold on the trace, if it has one. */
  readonly letGo: (() => void) | undefined;
}

/** What has arrived for one result of a join. */
export class JoinBucket {
  /** The envelope of the first arrival, in which the result travels. */
  readonly first: Message;
  readonly #arrivals: Arrival[] = [];
  readonly #size: number;
  /** Set while the first arrival waits; it sends the result on itself. */
  #onFull: (() => void) | undefined;

  constructor(first: Message, size: number) {
    this.first = first;
    this.#size = size;
  }

  get full(): boolean {
    return this.#arrivals.length === this.#size;
  }

  /** Whether its first arrival waits for the others. */
  get awaited(): boolean {
    return this.#onFull !== undefined;
  }

  /** Whether a place is still free. */
  lacks(place: number): boolean {
    for (const arrival of this.#arrivals) if (arrival.place === place) return false;
    return true;
  }

  holds(delivery: number): boolean {
    return this.#arrivalOf(delivery) !== undefined;
  }

  /** The first place where nothing has arrived. */
  firstFree(): number {
    let place = 0;
    while (!this.lacks(place)) place++;
    return place;
  }

  /** Resolves when the last one has arrived. */
  completed(): Promise<void> {
    return new Promise((resolve) => {
      this.#onFull = resolve;
    });
  }

  isFirst(delivery: number): boolean {
    return this.#arrivals[0]?.delivery === delivery;
  }

  /** Adds an arrival; one that is here already (a retry) replaces what it brought before. */
  add(payload: unknown, place: number, ctx: NodeContext): void {
    const { delivery } = ctx;
    const before = this.#arrivalOf(delivery);
    if (before === undefined) {
      // The one that completes the bucket is not kept for later, unless somebody else sends the result on.
      const kept = this.awaited || this.#arrivals.length + 1 < this.#size;
      this.#arrivals.push({ delivery, place, payload, letGo: kept ? ctx.holdTrace() : undefined });
    } else before.payload = payload;
    if (this.full) this.#onFull?.();
  }

  #arrivalOf(delivery: number): Arrival | undefined {
    for (const arrival of this.#arrivals) if (arrival.delivery === delivery) return arrival;
    return undefined;
  }

  /** Lets go of the trace: the bucket is done with. */
  release(): void {
    for (const { letGo } of this.#arrivals) letGo?.();
  }

  /** Payloads in the order in which they arrived. */
  inOrder(): unknown[] {
    return this.#arrivals.map((arrival) => arrival.payload);
  }

  /** Payloads by place; undefined where nothing has arrived. */
  byPlace(): unknown[] {
    return Array.from(
      { length: this.#size },
      (_, place) => this.#arrivals.find((arrival) => arrival.place === place)?.payload,
    );
  }

  /** Places where nothing has arrived. */
  missing(): number[] {
    return Array.from({ length: this.#size }, (_, place) => place).filter((place) => this.lacks(place));
  }
}
