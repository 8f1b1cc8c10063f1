import type { FlowError } from '../../index.js';
import { carrierClosed, noSuchQueue, tooLarge } from '../carrier/carrier-errors.js';
import type { OutMessage } from '../carrier/messages.js';
import { PUT_WINDOW } from '../carrier/put-window.js';
import { Fifo } from './fifo.js';
import type { SessionCore } from './session-core.js';
import { RoomWait } from './room-wait.js';

type Done = (error: FlowError | undefined, duplicate: boolean) => void;

interface Offered {
  readonly message: OutMessage;
  readonly done: Done;
}

/** What a session puts, until the engine has answered. */
export class PutWindow {
  readonly #session: SessionCore;
  #unanswered = 0;
  /** Taken, and not stored as the engine cannot be used. */
  readonly #unsent = new Set<Offered>();
  readonly #waits = new Fifo<RoomWait>();

  constructor(session: SessionCore) {
    this.#session = session;
  }

  get unanswered(): number {
    return this.#unanswered;
  }

  put(message: OutMessage, done: Done): boolean {
    if (this.#session.isKilled) return false;
    if (this.#session.isClosing) return this.#refuse(done, carrierClosed(this.#session.shelf.flow));
    const error = tooLarge(message, this.#session.engine.maxBytes);
    if (error !== undefined) return this.#refuse(done, error);
    if (this.#unanswered >= PUT_WINDOW) return false;
    if (!this.#session.engine.may('store')) this.#unsent.add({ message, done });
    else if (!this.#store(message, done)) return false;
    this.#unanswered += 1;
    return true;
  }

  whenRoom(queue: string, callback: () => void): void {
    if (this.#session.isKilled) return;
    const wait = this.#session.waitsForRoom(new RoomWait(this.#session, callback));
    const found = this.#session.shelf.queues.get(queue);
    if (this.#session.isClosing) this.#session.engine.calls.add(() => wait.end());
    else if (this.#unanswered >= PUT_WINDOW) this.#waits.push(wait);
    else if (found?.isFull === true) found.wait(wait);
    else this.#session.engine.calls.add(() => wait.end());
  }

  /** The engine may be used again: what it has not got goes first. */
  resend(): void {
    for (const offered of this.#unsent) this.#offer(offered);
  }

  /** Nothing is stored any more. */
  forget(): void {
    this.#unsent.clear();
  }

  close(): void {
    const error = carrierClosed(this.#session.shelf.flow);
    for (const { done } of this.#unsent) this.#answer(done, error, false);
    this.#unsent.clear();
  }

  #offer(offered: Offered): void {
    if (!this.#unsent.has(offered) || !this.#session.engine.may('store')) return;
    if (this.#store(offered.message, offered.done)) this.#unsent.delete(offered);
    else {
      const wait = this.#session.waitsForRoom(new RoomWait(this.#session, () => this.#offer(offered)));
      this.#session.shelf.queues.get(offered.message.queue)?.wait(wait);
    }
  }

  /** False when the queue is at its bound. */
  #store(message: OutMessage, done: Done): boolean {
    const { shelf } = this.#session;
    const queue = shelf.queues.get(message.queue);
    if (queue === undefined) this.#answer(done, noSuchQueue(shelf.flow, message.queue), false);
    else if (shelf.isKnown(message)) this.#answer(done, undefined, true);
    else if (queue.isFull) return false;
    else {
      shelf.store(message, queue);
      this.#answer(done, undefined, false);
    }
    return true;
  }

  #answer(done: Done, error: FlowError | undefined, duplicate: boolean): void {
    this.#session.call(() => {
      this.#unanswered -= 1;
      try {
        done(error, duplicate);
      } finally {
        while (this.#unanswered < PUT_WINDOW && this.#waits.size > 0) this.#waits.shift()?.end();
        this.#session.checkIdle();
      }
    });
  }

  #refuse(done: Done, error: FlowError): boolean {
    this.#session.call(() => done(error, false));
    return true;
  }
}
