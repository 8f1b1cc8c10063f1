import type { ClockTimer } from '../../index.js';
import type { TakeOptions, Taking } from '../carrier/carrier-session.js';
import type { Delivery } from '../carrier/messages.js';
import { MemoryDelivery } from './memory-delivery.js';
import type { SessionCore } from './session-core.js';
import type { Row } from './row.js';

/** One `take` of a session. */
export class MemoryTaking implements Taking {
  readonly #session: SessionCore;
  readonly #queue: string;
  readonly #maxHoldMs: number;
  readonly #on: (delivery: Delivery) => void;
  #credit: number;
  #isOffered = false;
  #isStopped = false;
  #holdTimer: ClockTimer | undefined;
  /** What it has handed out and is renewed, oldest first. */
  readonly #renewed = new Set<MemoryDelivery>();
  readonly #heldTooLong = new Set<MemoryDelivery>();

  constructor(session: SessionCore, queue: string, options: TakeOptions, on: (delivery: Delivery) => void) {
    this.#session = session;
    this.#queue = queue;
    this.#credit = options.free;
    this.#maxHoldMs = options.maxHoldS * 1_000;
    this.#on = on;
  }

  get session(): SessionCore {
    return this.#session;
  }

  /** It leaves the line, as it is its turn or the queue is gone; returns whether something may be handed to it. */
  leaveLine(): boolean {
    this.#isOffered = false;
    return this.#wants;
  }

  /** What it has handed out. */
  get held(): readonly MemoryDelivery[] {
    return [...this.#heldTooLong, ...this.#renewed];
  }

  /** Nothing more will come of it. */
  get isOver(): boolean {
    return this.#isStopped && this.#renewed.size + this.#heldTooLong.size === 0;
  }

  get #wants(): boolean {
    return this.#credit > 0 && !this.#isStopped && this.#session.isAwake;
  }

  more(free: number): void {
    this.#credit += free;
    this.offer();
  }

  stop(): void {
    this.#isStopped = true;
    this.#session.holdings.dropIdle(this);
  }

  /** Gets in line for a message. */
  offer(): void {
    if (this.#isOffered || !this.#wants) return;
    const queue = this.#session.shelf.queues.get(this.#queue);
    if (queue === undefined) return;
    this.#isOffered = true;
    queue.offer(this);
  }

  hand(row: Row): void {
    this.#credit -= 1;
    const nowMs = this.#session.engine.elapsedMs;
    const delivery = new MemoryDelivery(row, this, nowMs);
    row.holder = delivery;
    this.#renewed.add(delivery);
    this.#session.leases.took(nowMs);
    if (this.#holdTimer === undefined) this.#watch(this.#maxHoldMs);
    this.offer();
    this.#on(delivery);
  }

  /** A delivery has ended, or is another's. */
  gone(delivery: MemoryDelivery): void {
    this.#renewed.delete(delivery);
    this.#heldTooLong.delete(delivery);
    this.#session.holdings.dropIdle(this);
  }

  /** No renewal, so there is nothing to watch. */
  forget(): void {
    this.#holdTimer?.cancel();
  }

  #watch(delayMs: number): void {
    this.#holdTimer = this.#session.engine.clock.setTimer(() => this.#check(), delayMs);
    this.#holdTimer.unref?.();
  }

  #check(): void {
    this.#holdTimer = undefined;
    const nowMs = this.#session.engine.elapsedMs;
    for (const delivery of this.#renewed) {
      const leftMs = delivery.sinceMs + this.#maxHoldMs - nowMs;
      if (leftMs > 0) return this.#watch(Math.max(1, leftMs));
      this.#renewed.delete(delivery);
      this.#heldTooLong.add(delivery);
      this.#session.leases.heldTooLong(delivery);
    }
  }
}
