import type { NodeContext } from '../../ports/node-context.js';
import type { TimedWait } from '../../trace-local/timed-wait.js';
import { envelopeOf, type EnvelopeWithLocals, type LateCheck } from '../../trace-local/trace-local.js';

/** Counts the messages that wait. */
export interface Holding {
  holding: number;
}

/** One message at a join. */
class Arrival {
  next: Arrival | undefined;
  payload: unknown;
  /** The envelope while it holds the trace itself, or what ends its hold on a trace that is not seen. */
  hold: EnvelopeWithLocals | (() => void) | undefined;

  /** @param ctx - that of the attempt with which it came */
  constructor(
    readonly ctx: NodeContext,
    readonly place: number,
    payload: unknown,
    hold: EnvelopeWithLocals | (() => void) | undefined,
  ) {
    this.payload = payload;
    this.hold = hold;
  }
}

/** What has arrived for one result of a join. */
export class JoinBucket {
  /** The one that was begun after it. */
  next: JoinBucket | undefined;
  /** What its parts have in common: an origin or a key; undefined where that is the run alone. */
  readonly key: unknown;
  /** The context of the first arrival, in whose envelope the result travels. */
  first: NodeContext;
  /** That envelope, where it is seen. */
  envelope: EnvelopeWithLocals | undefined;
  /** Nothing comes into it any more. */
  done = false;
  readonly #trace: Holding;
  readonly #size: number;
  // A list that is linked: an array that is pushed to has room for seventeen.
  #head: Arrival | undefined;
  #tail: Arrival | undefined;
  #count = 0;
  /** Whether its parts may have come in different envelopes. */
  #isMixed = false;
  /** Of a join with a time limit. */
  wait: TimedWait | undefined;

  constructor(
    trace: Holding,
    key: unknown,
    first: NodeContext,
    envelope: EnvelopeWithLocals | undefined,
    size: number,
  ) {
    this.key = key;
    this.#trace = trace;
    this.first = first;
    this.envelope = envelope;
    this.#size = size;
  }

  get full(): boolean {
    return this.#count === this.#size;
  }

  /** Whether it can take a part with this key. */
  takes(key: unknown, place: number | undefined): boolean {
    // As a map compares: `Object.is` tells 0 from -0.
    if (this.key !== key && !(Number.isNaN(key) && Number.isNaN(this.key))) return false;
    return !this.full && (place === undefined || this.lacks(place));
  }

  /** Whether a place is still free. */
  lacks(place: number): boolean {
    let arrival = this.#head;
    while (arrival !== undefined && arrival.place !== place) arrival = arrival.next;
    return arrival === undefined;
  }

  holds(delivery: number): boolean {
    return this.#arrivalOf(delivery) !== undefined;
  }

  /** Which messages of the node have arrived. */
  deliveries(): number[] {
    const deliveries: number[] = [];
    for (let arrival = this.#head; arrival !== undefined; arrival = arrival.next) deliveries.push(arrival.ctx.delivery);
    return deliveries;
  }

  isFirst(delivery: number): boolean {
    return this.#head?.ctx.delivery === delivery;
  }

  /**
   * Adds an arrival; one that is here already (a retry) replaces what it brought before.
   *
   * @param place - undefined: the first that is free
   * @param envelope - what it came in, where the runtime lets it see that
   */
  add(payload: unknown, place: number | undefined, ctx: NodeContext, envelope: EnvelopeWithLocals | undefined): void {
    const { delivery } = ctx;
    const before = this.#arrivalOf(delivery);
    if (before === undefined) {
      // The one that completes the bucket is not kept for later.
      const hold = this.#count + 1 < this.#size ? this.#hold(ctx, envelope) : undefined;
      const arrival = new Arrival(ctx, place ?? this.#count, payload, hold);
      if (this.#tail === undefined) this.#head = arrival;
      else this.#tail.next = arrival;
      this.#tail = arrival;
      this.#count++;
      if (envelope !== this.envelope) this.#isMixed = true;
    } else before.payload = payload;
  }

  /** What its parts came in, where that is seen and not the same for all. */
  differentEnvelopes(): readonly EnvelopeWithLocals[] | undefined {
    if (!this.#isMixed) return undefined;
    let all: EnvelopeWithLocals[] | undefined;
    const first = envelopeOf(this.first);
    if (first === undefined) return undefined;
    for (let arrival = this.#head?.next; arrival !== undefined; arrival = arrival.next) {
      const envelope = envelopeOf(arrival.ctx);
      if (envelope !== undefined && envelope !== first) (all ??= [first]).push(envelope);
    }
    return all;
  }

  /** Lets go of the trace: the bucket is done with. */
  release(): void {
    this.wait?.end();
    for (let arrival = this.#head; arrival !== undefined; arrival = arrival.next) this.#release(arrival);
  }

  /** Forgets the parts with such a deadline; returns how many. */
  letGo(isLate: LateCheck): number {
    let count = 0;
    let before: Arrival | undefined;
    for (let arrival = this.#head; arrival !== undefined; arrival = arrival.next) {
      const { hold } = arrival;
      // A trace that is not seen is let go of by the runtime.
      if (hold === undefined || typeof hold === 'function' || !isLate(hold.deadline)) {
        before = arrival;
        continue;
      }
      this.#release(arrival);
      if (before === undefined) this.#head = arrival.next;
      else before.next = arrival.next;
      count++;
    }
    this.#tail = before;
    this.#count -= count;
    if (count > 0 && this.#head !== undefined) this.#beginWith(this.#head);
    return count;
  }

  /** Contexts of the parts that are there. */
  contexts(): NodeContext[] {
    const all: NodeContext[] = [];
    for (let arrival = this.#head; arrival !== undefined; arrival = arrival.next) all.push(arrival.ctx);
    return all;
  }

  #beginWith({ ctx, hold }: Arrival): void {
    this.first = ctx;
    this.#isMixed = true;
    if (this.envelope !== undefined) this.envelope = hold as EnvelopeWithLocals;
  }

  /** Payloads in the order in which they arrived. */
  inOrder(): unknown[] {
    const payloads = new Array<unknown>(this.#count);
    let index = 0;
    for (let arrival = this.#head; arrival !== undefined; arrival = arrival.next) payloads[index++] = arrival.payload;
    return payloads;
  }

  /** Payloads by place; undefined where nothing has arrived. */
  byPlace(): unknown[] {
    const payloads = new Array<unknown>(this.#size).fill(undefined);
    for (let arrival = this.#head; arrival !== undefined; arrival = arrival.next) {
      payloads[arrival.place] = arrival.payload;
    }
    return payloads;
  }

  /** How many have arrived. */
  get count(): number {
    return this.#count;
  }

  /** Places where nothing has arrived. */
  missing(): number[] {
    return Array.from({ length: this.#size }, (_, place) => place).filter((place) => this.lacks(place));
  }

  #arrivalOf(delivery: number): Arrival | undefined {
    let arrival = this.#head;
    while (arrival !== undefined && arrival.ctx.delivery !== delivery) arrival = arrival.next;
    return arrival;
  }

  #hold(ctx: NodeContext, envelope: EnvelopeWithLocals | undefined): EnvelopeWithLocals | (() => void) | undefined {
    if (envelope === undefined) return ctx.holdTrace();
    if (envelope.trace.ended) return undefined;
    this.#trace.holding++;
    return envelope;
  }

  #release(arrival: Arrival): void {
    const { hold } = arrival;
    if (hold === undefined) return;
    arrival.hold = undefined;
    if (typeof hold === 'function') hold();
    else this.#trace.holding--;
  }
}
