import type { ClockTimer } from '../index.js';
import { RENEW, RENEWALS_PER_LEASE } from './lease-protocol.js';
import type { NatsLine } from './nats-line.js';
import { RenewalBook } from './renewal-book.js';

/** So many may be without an answer. */
const MOST_ROUNDS = 1_000;

/** The last renewal of which it is known that the server has it. */
export interface Renewed {
  /** When it went out, on the monotonic clock. */
  readonly sentMs: number;
  readonly sentWallMs: number;
  /** It was for those that have been added before, by number. */
  readonly upTo: number;
  /** Renewals of these came too late. */
  readonly lapsedUpTo: number;
}

export const NOTHING_RENEWED: Renewed = { sentMs: -Infinity, sentWallMs: -Infinity, upTo: 0, lapsedUpTo: 0 };

/** What renews the leases of a session. */
export interface Renewals {
  readonly last: Renewed;
  /** @param fromMs - its lease began no earlier, on the monotonic clock */
  add(ack: string, number: number, fromMs: number): void;
  /** What was added is about to be worked on. */
  flush(): void;
  remove(ack: string): void;
  /** The time of a lease has changed. */
  setLease(leaseMs: number): void;
  close(): void;
}

/** Renews on the thread and connection of the session. */
export class LoopRenewals implements Renewals {
  readonly #line: NatsLine;
  readonly #book = new RenewalBook();
  readonly #rounds: Omit<Renewed, 'lapsedUpTo'>[] = [];
  readonly #offUp: () => void;
  #last = NOTHING_RENEWED;
  #leaseMs: number;
  #timer: ClockTimer | undefined;

  constructor(line: NatsLine, leaseMs: number) {
    this.#line = line;
    this.#leaseMs = leaseMs;
    this.#offUp = line.onUp(() => this.#renew());
  }

  get last(): Renewed {
    const { heardMs, clock } = this.#line;
    for (let next = this.#rounds[0]; next !== undefined && next.sentMs <= heardMs; next = this.#rounds[0]) {
      this.#rounds.shift();
      this.#book.renewed(next.upTo, next.sentMs, clock.monotonic(), this.#leaseMs);
      this.#last = { ...next, lapsedUpTo: this.#book.lapsedUpTo };
    }
    return this.#last;
  }

  add(ack: string, number: number, fromMs: number): void {
    this.#book.add(ack, number, fromMs);
    if (this.#timer === undefined) this.#set();
  }

  flush(): void {
    // Nobody else has to know.
  }

  remove(ack: string): void {
    this.#book.remove(ack);
  }

  setLease(leaseMs: number): void {
    this.#leaseMs = leaseMs;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#renew();
    if (this.#book.size > 0) this.#set();
  }

  close(): void {
    this.#offUp();
    this.#timer?.cancel();
  }

  #set(): void {
    this.#timer = this.#line.after(this.#leaseMs / RENEWALS_PER_LEASE, () => {
      this.#timer = undefined;
      this.#renew();
      if (this.#book.size > 0) this.#set();
    });
  }

  #renew(): void {
    if (this.#book.size === 0 || !this.#line.isUp || this.#line.isClosed) return;
    const { clock, connection } = this.#line;
    this.#rounds.push({ sentMs: clock.monotonic(), sentWallMs: clock.now(), upTo: this.#book.last });
    for (const ack of this.#book.acks()) connection.publish(ack, RENEW);
    this.#line.echo();
    if (this.#rounds.length > MOST_ROUNDS) this.#rounds.shift();
  }
}
