import { isInstance } from '../errors/marker.js';

const IS_FINAL_ANSWER: unique symbol = Symbol.for('penguiflow:final-answer') as never;

/**
 * How a controller loop ends: the answer, and where it comes from.
 *
 * @example
 * ```ts
 * return new FinalAnswer('To lose less heat.', ['Gilbert 2006']);
 * ```
 */
export class FinalAnswer {
  readonly text: string;
  readonly citations: readonly string[];
  readonly [IS_FINAL_ANSWER] = true;

  /** @param citations - sources of the answer; @defaultValue none */
  constructor(text: string, citations: readonly string[] = []) {
    this.text = text;
    this.citations = Object.freeze([...citations]);
    Object.defineProperty(this, IS_FINAL_ANSWER, { enumerable: false });
    Object.freeze(this);
  }

  /** Tells whether a value is one, also across two installed copies of the package. */
  static is(value: unknown): value is FinalAnswer {
    return typeof value === 'object' && value !== null && IS_FINAL_ANSWER in value;
  }

  /** As {@link FinalAnswer.is}, for this class itself. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(value, this, FinalAnswer);
  }
}
