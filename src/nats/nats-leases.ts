import type { ClockTimer } from '../index.js';
import type { Held } from './held.js';
import { RENEWALS_PER_LEASE } from './lease-protocol.js';
import type { NatsLine } from './nats-line.js';
import type { Renewals, Renewed } from './renewals.js';

/** Of a lease, how often it is looked at. */
const CHECKS_PER_LEASE = 20;

/** Tells which leases are over, as far as this process can know: the server takes the end of a message from anybody. */
export class NatsLeases {
  readonly #line: NatsLine;
  readonly #renewals: Renewals;
  readonly #held = new Set<Held>();
  readonly #lost: (held: Held) => void;
  readonly #heldTooLong: (held: Held) => void;
  #leaseMs: number;
  #renewing = 0;
  #timer: ClockTimer | undefined;
  #beat: ClockTimer | undefined;

  constructor(
    line: NatsLine,
    renewals: Renewals,
    leaseMs: number,
    lost: (held: Held) => void,
    heldTooLong: (held: Held) => void,
  ) {
    this.#line = line;
    this.#renewals = renewals;
    this.#leaseMs = leaseMs;
    this.#lost = lost;
    this.#heldTooLong = heldTooLong;
  }

  get leaseMs(): number {
    return this.#leaseMs;
  }

  set leaseMs(leaseMs: number) {
    if (leaseMs === this.#leaseMs) return;
    this.#leaseMs = leaseMs;
    this.#renewals.setLease(leaseMs);
    if (this.#beat !== undefined) this.watch();
  }

  /** From now on it is known how old can be what comes. */
  watch(): void {
    this.#beat?.cancel();
    this.#line.echo();
    this.#beat = this.#line.after(this.#leaseMs / RENEWALS_PER_LEASE, () => this.watch());
  }

  /** What comes now was sent so recently that most of its lease is left. */
  get isFresh(): boolean {
    return this.#line.clock.monotonic() - this.#line.heardMs < this.#leaseMs / 2;
  }

  /** Has the lease of what was delivered renewed; its number. */
  renew(ack: string, fromMs: number): number {
    this.#renewing += 1;
    this.#renewals.add(ack, this.#renewing, fromMs);
    return this.#renewing;
  }

  /** Before what was delivered is worked on: who does so may block this thread. */
  flush(): void {
    this.#renewals.flush();
  }

  add(held: Held): void {
    this.#held.add(held);
    if (this.#timer === undefined) this.#set();
  }

  remove(held: Held): void {
    this.#held.delete(held);
    this.#renewals.remove(held.arrival.ack);
  }

  /** Whether it is still ours. Whoever is to end it asks before. */
  isOurs(held: Held): boolean {
    if (held.isOver) return false;
    const { last } = this.#renewals;
    update(held, last);
    const { clock } = this.#line;
    const goneMs = Math.max(clock.monotonic() - held.leaseFromMs, clock.now() - held.leaseFromWallMs);
    if (goneMs < this.#leaseMs && held.renewedFrom > last.lapsedUpTo) return true;
    this.#lost(held);
    return false;
  }

  close(): void {
    this.#timer?.cancel();
    this.#beat?.cancel();
    this.#renewals.close();
  }

  #set(): void {
    this.#timer = this.#line.after(this.#leaseMs / CHECKS_PER_LEASE, () => {
      this.#timer = undefined;
      this.#check();
      if (this.#held.size > 0) this.#set();
    });
  }

  #check(): void {
    const nowMs = this.#line.clock.monotonic();
    for (const held of this.#held) {
      if (!this.isOurs(held) || held.isHeldTooLong || nowMs - held.sinceMs < held.maxHoldMs) continue;
      held.isHeldTooLong = true;
      this.#renewals.remove(held.arrival.ack);
      this.#heldTooLong(held);
    }
  }
}

function update(held: Held, last: Renewed): void {
  if (held.isHeldTooLong || last.upTo < held.renewedFrom || last.sentMs <= held.leaseFromMs) return;
  held.leaseFromMs = last.sentMs;
  held.leaseFromWallMs = last.sentWallMs;
}
