/**
 * What keeps calls of a dependency within bounds: anything with the `execute` of a policy of cockatiel (a retry, a circuit breaker, a
 * bulkhead, a timeout, a fallback, or a `wrap` of several). It calls the function as often as it likes, or not at all.
 *
 * @typeParam Alt - what it may answer in place of the function: a fallback
 */
export interface DependencyPolicy<out Alt = never> {
  /** Never there: from it the compiler knows `Alt` of cockatiel's policies. */
  readonly _altReturn?: Alt;
  execute<T>(
    run: (context: { readonly signal: AbortSignal }) => PromiseLike<T> | T,
    signal?: AbortSignal,
  ): PromiseLike<T | Alt>;
}

/** Options of `dependency()`. */
export interface DependencyOptions<Alt = never> {
  /** Longest time of one try, in seconds; inside of the policy, so that a breaker sees it. @defaultValue none */
  readonly timeoutS?: number | undefined;
  /** What decides whether, and how often, the function is called. @defaultValue none: once */
  readonly policy?: DependencyPolicy<Alt> | undefined;
}

/** Something outside that a node needs: a bank, a database, a model. Frozen. Made by `dependency()`, used with `ctx.through`. */
export interface Dependency<out Alt = never> {
  readonly name: string;
  /** In seconds; undefined = no limit. */
  readonly timeoutS: number | undefined;
  readonly policy: DependencyPolicy<Alt> | undefined;
}

/** What a breaker lets through: all, nothing, or one call to try. */
export const BREAKER_STATES = ['closed', 'open', 'half_open'] as const;

/** One of {@link BREAKER_STATES}. */
export type BreakerState = (typeof BREAKER_STATES)[number];

/**
 * How a call of a dependency ended: `fallback` is an answer of the policy's after tries that failed, or none; `rejected`, the function was
 * never called; `cancelled`, the attempt was over before.
 */
export const DEPENDENCY_OUTCOMES = ['success', 'fallback', 'error', 'timeout', 'rejected', 'cancelled'] as const;

/** One of {@link DEPENDENCY_OUTCOMES}. */
export type DependencyOutcome = (typeof DEPENDENCY_OUTCOMES)[number];
