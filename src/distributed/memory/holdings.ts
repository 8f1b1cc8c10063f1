import type { TakeOptions } from '../carrier/carrier-session.js';
import { leaseLost } from '../carrier/carrier-errors.js';
import type { Delivery, Settlement } from '../carrier/messages.js';
import { MemoryDelivery } from './memory-delivery.js';
import { MemoryTaking } from './memory-taking.js';
import type { SessionCore } from './session-core.js';
import { Settling } from './settling.js';

type WhyLost = 'lost' | 'held_too_long';

/** What a session takes, and what becomes of it. */
export class Holdings {
  readonly #session: SessionCore;
  readonly #takings = new Set<MemoryTaking>();
  readonly #settlings = new Set<Settling>();
  readonly #lostListeners: ((delivery: Delivery, why: WhyLost) => void)[] = [];

  constructor(session: SessionCore) {
    this.#session = session;
  }

  /** How many deliveries are on their way to their end. */
  get settling(): number {
    return this.#settlings.size;
  }

  take(queue: string, options: TakeOptions, on: (delivery: Delivery) => void): MemoryTaking {
    const taking = new MemoryTaking(this.#session, queue, options, on);
    this.#takings.add(taking);
    taking.offer();
    return taking;
  }

  onLost(callback: (delivery: Delivery, why: WhyLost) => void): void {
    this.#lostListeners.push(callback);
  }

  /** The delivery, if this session has it and nothing is under way with it. */
  find(delivery: Delivery): MemoryDelivery | undefined {
    if (!(delivery instanceof MemoryDelivery) || delivery.taking.session !== this.#session) return undefined;
    return delivery.isHeld && delivery.settling === undefined ? delivery : undefined;
  }

  /** @throws FlowError `LEASE_LOST` */
  mustHave(delivery: Delivery): MemoryDelivery {
    const held = this.find(delivery);
    if (held === undefined) throw leaseLost(delivery);
    return held;
  }

  settle(held: MemoryDelivery, outcome: Settlement, resolve: () => void, reject: (error: Error) => void): void {
    const settling = new Settling(this.#session, held, outcome, resolve, reject);
    held.settling = settling;
    this.#settlings.add(settling);
    settling.attempt();
  }

  /** What waited for the engine tries again. */
  retry(): void {
    for (const settling of this.#settlings) settling.attempt();
  }

  /** A settlement is over, well or not. */
  settled(settling: Settling): void {
    this.#settlings.delete(settling);
  }

  /** A delivery is not with this session any more. */
  drop(held: MemoryDelivery): void {
    held.row.holder = undefined;
    this.#session.leases.gave();
    held.taking.gone(held);
  }

  /** The same by the will of its holder, whose counted start has come to an end. */
  leave(held: MemoryDelivery): void {
    if (held.isStartCounted) held.row.starts = 0;
    this.drop(held);
  }

  handBack(held: MemoryDelivery): void {
    this.leave(held);
    held.row.queue.giveBack(held.row);
  }

  /** Hands back all that is not being settled. */
  handBackAll(): void {
    for (const held of this.#all()) if (held.settling === undefined) this.handBack(held);
  }

  /** Others may have it. */
  lose(held: MemoryDelivery): void {
    if (!held.isHeld) return;
    this.drop(held);
    held.row.redelivered = true;
    held.row.queue.giveBack(held.row);
    held.settling?.lose();
    if (!held.isHeldTooLong) this.tellLost(held, 'lost');
  }

  /** The lease of the session is over. */
  loseAll(): void {
    for (const held of this.#all()) this.lose(held);
  }

  tellLost(held: MemoryDelivery, why: WhyLost): void {
    this.#session.call(() => {
      if (this.#session.isClosed) return;
      for (const listener of this.#lostListeners) listener(held, why);
    });
  }

  /** Queues have come, or the session takes again. */
  offerAll(): void {
    for (const taking of this.#takings) taking.offer();
  }

  stopAll(): void {
    for (const taking of this.#takings) taking.stop();
  }

  /** Nobody listens any more. */
  closeAll(): void {
    for (const settling of this.#settlings) settling.close();
  }

  forget(): void {
    for (const taking of this.#takings) taking.forget();
    this.#settlings.clear();
  }

  /** A taking that has stopped is kept only for what it holds. */
  dropIdle(taking: MemoryTaking): void {
    if (taking.isOver) this.#takings.delete(taking);
  }

  #all(): readonly MemoryDelivery[] {
    return [...this.#takings].flatMap(({ held }) => held);
  }
}
