declare const REASON: unique symbol;

/**
 * The type of something that cannot be right: the compiler prints it, so the reader sees the sentence with the types in it,
 * `CompileError<[Declined, "has no branch: add .on(…) or .otherwise(…)"]>`.
 *
 * A union, because of a union the compiler says that nothing is assignable to it, and no more; of a single object type it would
 * go on about the property that is missing.
 *
 * @typeParam Sentence - its words and the types it talks about, in order
 */
export type CompileError<Sentence extends readonly unknown[]> =
  | { readonly [REASON]: Sentence }
  | { readonly [REASON]: readonly [Sentence] };
