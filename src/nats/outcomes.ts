import { noSuchQueue, tooLarge } from '../distributed/carrier/carrier-errors.js';
import type { OutMessage, Settlement } from '../distributed/index.js';
import type { DeadLetterStream } from './dead-letter-stream.js';
import type { Held } from './held.js';
import type { Sender } from './sender.js';

/** Stores what deliveries led to. */
export class Outcomes {
  readonly #sender: Sender;
  readonly #letters: DeadLetterStream;
  readonly #flow: string;
  readonly #maxBytes: number;

  constructor(sender: Sender, letters: DeadLetterStream, flow: string, maxBytes: number) {
    this.#sender = sender;
    this.#letters = letters;
    this.#flow = flow;
    this.#maxBytes = maxBytes;
  }

  async store(held: Held, { departures, dead }: Settlement): Promise<void> {
    for (const departure of departures) {
      const error = tooLarge(departure, this.#maxBytes);
      if (error !== undefined) throw error;
    }
    const queues = byQueue(departures);
    for (const queue of queues.keys()) {
      if (!(await this.#sender.has(queue))) throw noSuchQueue(this.#flow, queue);
    }
    await Promise.all([...queues].map(([queue, all]) => this.#storeAll(held, queue, all)));
    if (dead !== undefined && !held.isOver) await this.#letters.add(held, dead.reason);
  }

  /** Room for one is room for all; the place of the delivery itself is about to be free. */
  async #storeAll(held: Held, queue: string, [first, ...others]: readonly OutMessage[]): Promise<void> {
    if (first === undefined) return;
    if (queue === held.delivery.queue) await this.#storeBeside(first);
    else await this.#storeInRoom(held, first);
    await Promise.all(others.map((message) => this.#storeBeside(message)));
  }

  #storeInRoom(held: Held, message: OutMessage): Promise<void> {
    const room = this.#sender.room(message.queue);
    return new Promise((resolve, reject) => {
      const send = (): void => {
        // It is somebody else's by now, who does it again.
        if (held.isOver) resolve();
        else if (room.mayTake) this.#sender.send(message, (error) => (error === undefined ? resolve() : reject(error)));
        else room.wait(send);
      };
      send();
    });
  }

  #storeBeside(message: OutMessage): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#sender.sendBeside(message, (error) => (error === undefined ? resolve() : reject(error)));
    });
  }
}

function byQueue(messages: readonly OutMessage[]): ReadonlyMap<string, readonly OutMessage[]> {
  const queues = new Map<string, OutMessage[]>();
  for (const message of messages) {
    const found = queues.get(message.queue);
    if (found === undefined) queues.set(message.queue, [message]);
    else found.push(message);
  }
  return queues;
}
