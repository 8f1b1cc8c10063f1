import type { FlowError } from '../../errors/flow-error.js';
import type { Message } from '../../message/message.js';
import { LineMember } from '../../queue/line.js';
import { rejectToCaller } from './throw-to-caller.js';

/** A result as it leaves the flow: the payload, and the envelope for those who ask. */
export interface Delivered {
  readonly payload: unknown;
  readonly message: Message;
}

/** What a waiter takes of a result; the promise resolves with it at once, without another one around it. */
export type TakeResult<R> = (result: Delivered) => R;

export const takePayload: TakeResult<unknown> = (result) => result.payload;
export const takeMessage: TakeResult<Message> = (result) => result.message;
const takeAll: TakeResult<Delivered> = (result) => result;

/** Somebody who waits for one result, alone or in line. Settles once, which is out of the line; later calls do nothing. */
export class ResultWaiter<out R = Delivered> extends LineMember {
  readonly promise: Promise<R>;
  settled = false;
  readonly #take: TakeResult<R>;
  #resolve!: (result: unknown) => void;
  #reject!: (error: unknown) => void;
  #cleanUps: (() => void)[] | undefined;

  /** @param take - what it wants of the result; all of it when left out */
  constructor(take: TakeResult<R> = takeAll as TakeResult<never>) {
    super();
    this.#take = take;
    this.promise = new Promise<R>((resolve, reject) => {
      this.#resolve = resolve as (result: unknown) => void;
      this.#reject = reject;
    });
  }

  /** Runs once when it settles, either way: takes timers and signal listeners off. */
  onSettled(cleanUp: () => void): void {
    (this.#cleanUps ??= []).push(cleanUp);
  }

  resolve(result: Delivered): void {
    if (this.#settle()) this.#resolve(this.#take(result));
  }

  /** Rejects with an error whose stack leads to whoever awaits the promise. */
  fail(error: FlowError): void {
    if (this.#settle()) rejectToCaller(error, { resolve: this.#resolve, reject: this.#reject });
  }

  reject(error: unknown): void {
    if (this.#settle()) this.#reject(error);
  }

  #settle(): boolean {
    if (this.settled) return false;
    this.settled = true;
    this.leaveLine();
    if (this.#cleanUps !== undefined) this.#cleanUp(this.#cleanUps);
    return true;
  }

  #cleanUp(cleanUps: readonly (() => void)[]): void {
    for (const cleanUp of cleanUps) {
      try {
        cleanUp();
      } catch {
        // It may run code of the user's, a clock for one; the result arrives all the same.
      }
    }
  }
}
