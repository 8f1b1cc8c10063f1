import type { ClockTimer } from '../../index.js';
import type { MemoryDelivery } from './memory-delivery.js';
import type { SessionCore } from './session-core.js';

/** Of a lease, how often it is renewed. */
const RENEWALS_PER_LEASE = 3;

/** The leases of a session (D9): one for all that it holds, renewed as long as it is awake. */
export class Leases {
  readonly #session: SessionCore;
  #held = 0;
  #untilMs = 0;
  #renewal: ClockTimer | undefined;
  #check: ClockTimer | undefined;

  constructor(session: SessionCore) {
    this.#session = session;
  }

  get held(): number {
    return this.#held;
  }

  /** Something was handed out, which shows that the session lives. */
  took(nowMs: number): void {
    this.#held += 1;
    this.#untilMs = nowMs + this.#leaseMs;
    if (this.#renewal === undefined) this.#setRenewal();
    if (this.#check === undefined) this.#setCheck(this.#leaseMs);
  }

  gave(): void {
    this.#held -= 1;
  }

  renew(): void {
    const { engine } = this.#session;
    if (this.#held > 0 && this.#session.isRunning && engine.may('reach'))
      this.#untilMs = engine.elapsedMs + this.#leaseMs;
  }

  /** The time of a lease has changed. */
  reset(): void {
    this.renew();
    if (this.#renewal === undefined) return;
    this.#renewal.cancel();
    this.#check?.cancel();
    this.#setRenewal();
    this.#setCheck(this.#leaseMs);
  }

  /** It is not renewed any more, and goes to others when its time is over. */
  heldTooLong(delivery: MemoryDelivery): void {
    const over = (): void => this.#session.holdings.lose(delivery);
    delivery.isHeldTooLong = true;
    this.#session.engine.clock.setTimer(over, this.#leaseMs).unref?.();
    this.#session.holdings.tellLost(delivery, 'held_too_long');
  }

  /** Nobody renews any more; what is held goes to others in time. */
  stop(): void {
    this.#renewal?.cancel();
  }

  get #leaseMs(): number {
    return this.#session.shelf.leaseMs;
  }

  #setRenewal(): void {
    this.#renewal = this.#session.clock.setTimer(() => {
      this.#renewal = undefined;
      this.renew();
      if (this.#held > 0) this.#setRenewal();
    }, this.#leaseMs / RENEWALS_PER_LEASE);
    this.#renewal.unref?.();
  }

  #setCheck(delayMs: number): void {
    const { engine } = this.#session;
    this.#check = engine.clock.setTimer(() => {
      this.#check = undefined;
      const leftMs = this.#untilMs - engine.elapsedMs;
      if (leftMs <= 0) this.#session.holdings.loseAll();
      else if (this.#held > 0) this.#setCheck(Math.max(1, leftMs));
    }, delayMs);
    this.#check.unref?.();
  }
}
