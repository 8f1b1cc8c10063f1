declare const REASON: unique symbol;

/**
 * The type of a parameter that cannot be satisfied: the compiler prints it, so the reader sees the reason and the types.
 *
 * @typeParam Reason - a sentence
 * @typeParam Types - the types the sentence talks about, by role
 */
export interface CompileError<Reason extends string, Types> {
  readonly [REASON]: Reason;
  readonly types: Types;
}
