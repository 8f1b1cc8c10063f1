import type { FlowError } from '../../errors/flow-error.js';
import { addFramesAbove } from '../../errors/stack.js';
import type { Message } from '../../message/message.js';
import { LineMember } from '../../queue/line.js';

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

const NEXT_TURN = Promise.resolve();

/** Errors that are on their way to their callers, and how many may be. */
let throwing = 0;
const MOST_THROWING = 16;

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

  /**
   * Rejects, a few microtasks later, with an error whose stack leads to whoever awaits the promise; of very many that fail at once only
   * the first ones do.
   */
  fail(error: FlowError): void {
    if (throwing === MOST_THROWING) this.reject(error);
    else if (this.#settle()) this.#resolve(throwToCaller(error));
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

/**
 * In an async frame of the promise that awaits it, where V8 finds who awaits that one. It does so after two turns: in the first, the
 * promise begins to follow this one.
 */
async function throwToCaller(error: FlowError): Promise<never> {
  throwing++;
  await NEXT_TURN;
  await NEXT_TURN;
  throwing--;
  addFramesAbove(error, throwToCaller);
  throw error;
}
