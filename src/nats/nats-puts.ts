import { PUT_WINDOW } from '../distributed/carrier/put-window.js';
import { tooLarge } from '../distributed/carrier/carrier-errors.js';
import type { OutMessage } from '../distributed/index.js';
import type { NatsLine } from './nats-line.js';
import type { Done, Sender } from './sender.js';

/** What a session puts, and who waits until it may. */
export class NatsPuts {
  readonly #line: NatsLine;
  readonly #sender: Sender;
  readonly #maxBytes: number;
  readonly #open = new Set<Done>();
  readonly #waits: (() => void)[] = [];
  #isClosed = false;
  #whenIdle: (() => void) | undefined;

  constructor(line: NatsLine, sender: Sender, maxBytes: number) {
    this.#line = line;
    this.#sender = sender;
    this.#maxBytes = maxBytes;
  }

  put(message: OutMessage, done: Done): boolean {
    const error = this.#isClosed ? this.#line.closedError() : tooLarge(message, this.#maxBytes);
    if (error !== undefined) {
      queueMicrotask(() => done(error, false));
      return true;
    }
    if (this.#open.size >= PUT_WINDOW || !this.#sender.room(message.queue).mayTake) return false;
    const answered: Done = (refusal, duplicate) => {
      if (!this.#open.delete(answered)) return;
      done(refusal, duplicate);
      const wait = this.#waits.shift();
      if (wait !== undefined) wait();
      if (this.#open.size === 0) this.#whenIdle?.();
    };
    this.#open.add(answered);
    this.#sender.send(message, answered);
    return true;
  }

  whenRoom(queue: string, callback: () => void): void {
    if (this.#isClosed) queueMicrotask(callback);
    else if (this.#open.size >= PUT_WINDOW) this.#waits.push(() => this.whenRoom(queue, callback));
    else {
      this.#sender.room(queue).wait(() => {
        if (this.#open.size < PUT_WINDOW) callback();
        else this.whenRoom(queue, callback);
      });
    }
  }

  /** Nothing more is taken, and who waits is to ask again; resolves when all is answered. */
  close(): Promise<void> {
    this.#isClosed = true;
    for (const wait of this.#waits.splice(0)) wait();
    this.#sender.wakeAll();
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#whenIdle = resolve;
    });
  }

  /** What is not answered never will be. */
  giveUp(): void {
    for (const done of this.#open) done(this.#line.closedError(), false);
  }
}
