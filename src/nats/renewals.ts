import type { ClockTimer } from '../index.js';
import { RENEW, RENEWALS_PER_LEASE } from './lease-protocol.js';
import type { Line } from './line.js';

/** So many may be without an answer. */
const MOST_ROUNDS = 1_000;

/** The last renewal of which it is known that the server has it. */
export interface Renewed {
  /** When it went out, on the monotonic clock. */
  readonly sentMs: number;
  readonly sentWallMs: number;
  /** It was for those that have been added before, by number. */
  readonly upTo: number;
}

/** What renews the leases of a session. */
export interface Renewals {
  readonly last: Renewed;
  /** @returns its number */
  add(ack: string): number;
  remove(ack: string): void;
  /** The time of a lease has changed. */
  setLease(leaseMs: number): void;
  close(): void;
}

/** Renews on the thread and connection of the session. */
export class LoopRenewals implements Renewals {
  readonly #line: Line;
  readonly #acks = new Set<string>();
  readonly #rounds: Renewed[] = [];
  readonly #offUp: () => void;
  #last: Renewed = { sentMs: -Infinity, sentWallMs: -Infinity, upTo: 0 };
  #added = 0;
  #leaseMs: number;
  #timer: ClockTimer | undefined;

  constructor(line: Line, leaseMs: number) {
    this.#line = line;
    this.#leaseMs = leaseMs;
    this.#offUp = line.onUp(() => this.#renew());
  }

  get last(): Renewed {
    const { heardMs } = this.#line;
    while (this.#rounds.length > 0 && this.#rounds[0]!.sentMs <= heardMs) this.#last = this.#rounds.shift()!;
    return this.#last;
  }

  add(ack: string): number {
    this.#acks.add(ack);
    if (this.#timer === undefined) this.#set();
    this.#added += 1;
    return this.#added;
  }

  remove(ack: string): void {
    this.#acks.delete(ack);
  }

  setLease(leaseMs: number): void {
    if (leaseMs === this.#leaseMs) return;
    this.#leaseMs = leaseMs;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#renew();
    if (this.#acks.size > 0) this.#set();
  }

  close(): void {
    this.#offUp();
    this.#timer?.cancel();
    this.#acks.clear();
  }

  #set(): void {
    this.#timer = this.#line.after(this.#leaseMs / RENEWALS_PER_LEASE, () => {
      this.#timer = undefined;
      this.#renew();
      if (this.#acks.size > 0) this.#set();
    });
  }

  #renew(): void {
    if (this.#acks.size === 0 || !this.#line.isUp || this.#line.isClosed) return;
    const { clock, connection } = this.#line;
    const round = { sentMs: clock.monotonic(), sentWallMs: clock.now(), upTo: this.#added };
    for (const ack of this.#acks) connection.publish(ack, RENEW);
    this.#line.echo();
    this.#rounds.push(round);
    if (this.#rounds.length > MOST_ROUNDS) this.#rounds.shift();
  }
}
