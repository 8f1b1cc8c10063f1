import type { FlowError } from '../../index.js';
import type { CarrierSession } from '../carrier/carrier-session.js';
import { encodeAnswer, type Answer, type FailureAnswer, type ResultAnswer } from '../protocol/answer.js';

/** So many answers of one arrival are without an acknowledgement at most. */
const WINDOW = 64;

/** An answer that may still turn out to be the last one. */
type Held = { readonly id: string; readonly answer: ResultAnswer | FailureAnswer };

/** Where the answers of an arrival go. */
interface AnswerPlace {
  readonly session: CarrierSession;
  readonly root: string;
  /** There is room again. */
  readonly onRoom: () => void;
}

/**
 * Puts what comes of an arrival into the records of its root. The newest answer is held for the rest of the turn: when the arrival ends with it, one record says
 * both.
 */
export class AnswerSender {
  readonly #place: AnswerPlace;
  #held: Held | undefined;
  #isFlushing = false;
  #open = 0;
  #isFull = false;
  #problem: unknown;
  #onIdle: (() => void) | undefined;

  constructor(place: AnswerPlace) {
    this.#place = place;
  }

  /** Where there is none, `onRoom` follows. */
  get hasRoom(): boolean {
    this.#isFull = this.#open >= WINDOW;
    return !this.#isFull;
  }

  send(id: string, answer: ResultAnswer | FailureAnswer): void {
    this.#flush();
    this.#held = { id, answer };
    if (this.#isFlushing) return;
    this.#isFlushing = true;
    setImmediate(() => {
      this.#isFlushing = false;
      this.#flush();
    });
  }

  /**
   * The arrival is over.
   *
   * @param last - closes its token, or opens others; undefined where nothing is to be said
   * @param closes - whether nothing goes on with its token
   */
  end(last: { readonly id: string; readonly answer: Answer } | undefined, closes: boolean): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined && closes && last === undefined) {
      // Under an id of its own: one that did not close may be there, of a run before.
      this.#record(`${held.id}!`, { ...held.answer, closes });
      return;
    }
    if (held !== undefined) this.#record(held.id, held.answer);
    if (last !== undefined) this.#record(last.id, last.answer);
  }

  get holds(): boolean {
    return this.#held !== undefined;
  }

  /**
   * Resolves when the engine has all of it.
   * @throws what it refused one with
   */
  async settled(): Promise<void> {
    this.#flush();
    if (this.#open !== 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve;
      });
    }
    if (this.#problem !== undefined) throw this.#problem as FlowError;
  }

  #flush(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#record(held.id, held.answer);
  }

  #record(id: string, answer: Answer): void {
    const { session, root } = this.#place;
    this.#open++;
    session.record('answers', root, id, encodeAnswer(answer)).then(
      () => this.#taken(),
      (error: unknown) => {
        this.#problem ??= error;
        this.#taken();
      },
    );
  }

  #taken(): void {
    this.#open--;
    if (this.#isFull && this.#open < WINDOW) {
      this.#isFull = false;
      this.#place.onRoom();
    }
    if (this.#open === 0) this.#onIdle?.();
  }
}
