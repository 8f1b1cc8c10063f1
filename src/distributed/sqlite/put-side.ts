import type { FlowError } from '../../index.js';
import type { OutMessage } from '../carrier/messages.js';
import { PUT_WINDOW } from '../carrier/put-window.js';

export type PutDone = (error: FlowError | undefined, duplicate: boolean) => void;

/** What a session puts: how much it may, as far as it knows, and who waits until it may more. */
export class PutSide {
  readonly #send: (message: OutMessage, done: PutDone) => void;
  readonly #room = new Map<string, number>();
  readonly #waits = new Map<string, (() => void)[]>();
  #unanswered = 0;
  #isWaking = false;

  constructor(send: (message: OutMessage, done: PutDone) => void) {
    this.#send = send;
  }

  get unanswered(): number {
    return this.#unanswered;
  }

  put(message: OutMessage, done: PutDone): boolean {
    if (!this.#mayPut(message.queue)) return false;
    this.#room.set(message.queue, this.#roomOf(message.queue) - 1);
    this.#unanswered += 1;
    this.#send(message, (error, duplicate) => {
      this.#unanswered -= 1;
      try {
        done(error, duplicate);
      } finally {
        this.#wakeSoon();
      }
    });
    return true;
  }

  whenRoom(queue: string, callback: () => void): void {
    const waits = this.#waits.get(queue) ?? [];
    waits.push(callback);
    this.#waits.set(queue, waits);
    this.#wakeSoon();
  }

  /** The engine says how much a queue takes; Infinity where that is no matter. */
  setRoom(queue: string, room: number): void {
    if (room === Infinity) this.#room.delete(queue);
    else this.#room.set(queue, room);
    this.#wakeSoon();
  }

  /** Whoever waits is to ask again. */
  wakeAll(): void {
    const waits = [...this.#waits.values()].flat();
    this.#waits.clear();
    for (const wait of waits) queueMicrotask(wait);
  }

  #roomOf(queue: string): number {
    return this.#room.get(queue) ?? Infinity;
  }

  #mayPut(queue: string): boolean {
    return this.#unanswered < PUT_WINDOW && this.#roomOf(queue) > 0;
  }

  #wakeSoon(): void {
    if (this.#isWaking || this.#waits.size === 0) return;
    this.#isWaking = true;
    queueMicrotask(() => {
      this.#isWaking = false;
      for (const [queue, waits] of this.#waits) this.#wake(queue, waits);
    });
  }

  #wake(queue: string, waits: (() => void)[]): void {
    for (let left = waits.length; left > 0 && this.#mayPut(queue); left -= 1) {
      const wait = waits.shift()!;
      try {
        wait();
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
    if (waits.length === 0) this.#waits.delete(queue);
    else if (this.#mayPut(queue)) this.#wakeSoon();
  }
}
