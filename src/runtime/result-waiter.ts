import type { Message } from '../message/message.js';

/** A result as it leaves the flow: the payload, and the envelope for who asks. */
export interface Delivered {
  readonly payload: unknown;
  readonly message: Message;
}

/** Somebody who waits for one result. Settles once; later calls do nothing. */
export class ResultWaiter {
  readonly promise: Promise<Delivered>;
  settled = false;
  #resolve!: (result: Delivered) => void;
  #reject!: (error: unknown) => void;
  #cleanUps: (() => void)[] | undefined;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Runs once when it settles, either way: takes timers and signal listeners off. */
  onSettled(cleanUp: () => void): void {
    (this.#cleanUps ??= []).push(cleanUp);
  }

  resolve(result: Delivered): void {
    if (this.#settle()) this.#resolve(result);
  }

  reject(error: unknown): void {
    if (this.#settle()) this.#reject(error);
  }

  #settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    for (const cleanUp of this.#cleanUps ?? []) cleanUp();
    return true;
  }
}
