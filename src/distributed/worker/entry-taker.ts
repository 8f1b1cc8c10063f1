import type { PlanNode } from '../../index.js';
import type { CarrierSession, Taking } from '../carrier/carrier-session.js';
import type { EntryPlan } from '../plan/distributed-plan.js';
import type { Receiver } from './receiver.js';

/** Most messages that a process takes for one entry node before they are settled (D8). */
const MOST = 64;

/**
 * Takes messages for one entry node, with credits of its own: those that are held up at one node take nothing from another (D8).
 */
export class EntryTaker {
  readonly entry: EntryPlan;
  readonly #session: CarrierSession;
  readonly #receiver: Receiver;
  readonly #free: number;
  #takings: Taking[] = [];
  /** By queue: messages that are taken. */
  readonly #held = new Map<string, number>();

  constructor(session: CarrierSession, receiver: Receiver, entry: EntryPlan, node: PlanNode) {
    this.#session = session;
    this.#receiver = receiver;
    this.entry = entry;
    // Of a lane there is one at a time.
    this.#free = entry.order === undefined ? Math.min(MOST, 2 * node.policy.concurrency) : 1;
  }

  begin(): void {
    if (this.#takings.length !== 0) return;
    this.#takings = this.entry.queues.map((queue) => {
      const free = Math.max(0, this.#free - (this.#held.get(queue) ?? 0));
      const { maxHoldS } = this.entry;
      const taking = this.#session.take(queue, { free, maxHoldS }, (delivery) => {
        this.#count(queue, 1);
        this.#receiver.receive(delivery, () => {
          this.#count(queue, -1);
          if (this.#takings.includes(taking)) taking.more(1);
          else this.#giveCredit(queue);
        });
      });
      return taking;
    });
  }

  /** Takes no more; what was taken goes on. */
  stop(): void {
    for (const taking of this.#takings) taking.stop();
    this.#takings = [];
  }

  /** It was taken before a pause. */
  #giveCredit(queue: string): void {
    this.#takings[this.entry.queues.indexOf(queue)]?.more(1);
  }

  #count(queue: string, change: number): void {
    this.#held.set(queue, (this.#held.get(queue) ?? 0) + change);
  }
}
