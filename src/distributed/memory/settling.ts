import type { FlowError } from '../../index.js';
import { carrierClosed, leaseLost, noSuchQueue } from '../carrier/carrier-errors.js';
import type { OutMessage, Settlement } from '../carrier/messages.js';
import type { MemoryDelivery } from './memory-delivery.js';
import type { MemoryQueue } from './memory-queue.js';
import type { SessionCore } from './session-core.js';
import { RoomWait } from './room-wait.js';

/** A delivery on its way to its end: all of it is stored in one step, as soon as each of its queues has room. */
export class Settling {
  readonly #session: SessionCore;
  readonly #delivery: MemoryDelivery;
  readonly #outcome: Settlement;
  readonly #resolve: () => void;
  readonly #reject: (error: Error) => void;
  #isOver = false;

  constructor(
    session: SessionCore,
    delivery: MemoryDelivery,
    outcome: Settlement,
    resolve: () => void,
    reject: (error: Error) => void,
  ) {
    this.#session = session;
    this.#delivery = delivery;
    this.#outcome = outcome;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  attempt(): void {
    if (this.#isOver || !this.#session.engine.may(this.#stores ? 'store' : 'reach')) return;
    const { shelf } = this.#session;
    for (const departure of this.#outcome.departures) {
      const queue = shelf.queues.get(departure.queue);
      if (queue === undefined) return this.#fail(noSuchQueue(shelf.flow, departure.queue));
      if (this.#lacksRoom(departure, queue)) {
        queue.wait(this.#session.waitsForRoom(new RoomWait(this.#session, () => this.attempt())));
        return;
      }
    }
    this.#end();
    this.#session.holdings.drop(this.#delivery);
    shelf.settle(this.#delivery.row, this.#outcome);
    this.#resolve();
    this.#session.checkIdle();
  }

  /** The lease is gone. */
  lose(): void {
    this.#fail(leaseLost(this.#delivery));
  }

  close(): void {
    this.#fail(carrierClosed(this.#session.shelf.flow));
  }

  get #stores(): boolean {
    return this.#outcome.departures.length > 0 || this.#outcome.dead !== undefined;
  }

  #lacksRoom(departure: OutMessage, queue: MemoryQueue): boolean {
    const isOwn = queue === this.#delivery.row.queue;
    return (isOwn ? queue.isFullWithout : queue.isFull) && !this.#session.shelf.isKnown(departure);
  }

  #fail(error: FlowError): void {
    if (this.#isOver) return;
    this.#end();
    this.#session.call(() => this.#reject(error));
    this.#session.checkIdle();
  }

  #end(): void {
    this.#isOver = true;
    this.#delivery.settling = undefined;
    this.#session.holdings.settled(this);
  }
}
