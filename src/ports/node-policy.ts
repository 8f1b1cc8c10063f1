/** How a node is run, validated and with every default filled in. Frozen. */
export interface NodePolicy {
  /** Longest time of one attempt, in seconds; undefined = no limit. */
  readonly timeoutS: number | undefined;
  /** Retries after the first attempt. @defaultValue 0 */
  readonly maxRetries: number;
  /** Wait before the first retry, in seconds. @defaultValue 0.5 */
  readonly backoffBaseS: number;
  /** Factor from one wait to the next. @defaultValue 2 */
  readonly backoffMultiplier: number;
  /** Longest wait, in seconds; undefined = no cap. */
  readonly maxBackoffS: number | undefined;
  /** `full` waits a random time between 0 and the computed one. @defaultValue 'none' */
  readonly jitter: 'none' | 'full';
  /** Says whether to try again after `error`, thrown by attempt number `attempt` (from 0). @defaultValue always */
  readonly retryOn: ((error: unknown, attempt: number) => boolean) | undefined;
  /**
   * Share of the node's attempts over ten seconds that may be retries, from 0 to 1, and ten more whatever the share; undefined = no
   * limit. What would be retried beyond that fails with `RETRY_BUDGET_SPENT`.
   */
  readonly retryBudget: number | undefined;
  /** Messages the node works on at a time. @defaultValue 1 */
  readonly concurrency: number;
  /** With `concurrency > 1`: results leave in arrival order. @defaultValue false */
  readonly ordered: boolean;
  /** Attempts the node starts per second at most, evenly spaced; undefined = no limit. */
  readonly maxPerS: number | undefined;
  /**
   * Interrupted attempts whose code may still run while the node starts others; undefined = 4 for each of `concurrency`, and at
   * least 16. Those older than `stuckAfterS` of the flow do not count.
   */
  readonly maxLate: number | undefined;
}
