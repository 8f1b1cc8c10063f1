import type { Message } from '../message/message.js';
import type { NodeContext } from '../ports/node-context.js';

/** One message at a join. */
interface Arrival {
  /** Which message of the node it is; the same when the node is retried. */
  readonly delivery: number;
  readonly place: number;
  payload: unknown;
  /** Ends its hold on the trace. */
  readonly letGo: () => void;
}

/** What has arrived for one result of a join. */
export class JoinBucket {
  /** The envelope of the first arrival, in which the result travels. */
  readonly first: Message;
  readonly #arrivals: Arrival[] = [];
  readonly #size: number;
  #full!: () => void;
  /** Resolves when the last one has arrived. */
  readonly completed = new Promise<void>((resolve) => {
    this.#full = resolve;
  });
  /** The first arrival waits, and sends the result on itself. */
  awaited = false;

  constructor(first: Message, size: number) {
    this.first = first;
    this.#size = size;
  }

  get full(): boolean {
    return this.#arrivals.length === this.#size;
  }

  /** Whether a place is still free. */
  lacks(place: number): boolean {
    return this.#arrivals.every((arrival) => arrival.place !== place);
  }

  holds(delivery: number): boolean {
    return this.#arrivals.some((arrival) => arrival.delivery === delivery);
  }

  isFirst(delivery: number): boolean {
    return this.#arrivals[0]?.delivery === delivery;
  }

  /** Adds an arrival; one that is here already (a retry) replaces what it brought before. */
  add(payload: unknown, place: number, ctx: NodeContext): void {
    const { delivery } = ctx;
    const before = this.#arrivals.find((arrival) => arrival.delivery === delivery);
    if (before === undefined) this.#arrivals.push({ delivery, place, payload, letGo: ctx.holdTrace() });
    else before.payload = payload;
    if (this.full) this.#full();
  }

  /** Lets go of the trace: the bucket is done with. */
  release(): void {
    for (const { letGo } of this.#arrivals) letGo();
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
