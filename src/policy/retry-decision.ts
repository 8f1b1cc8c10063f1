import { isThenable, toPromise } from '../message/is-thenable.js';
import { FlowError } from '../errors/flow-error.js';
import { isFinalCode } from '../errors/flow-error-code.js';
import { NonRetryableError } from '../errors/non-retryable-error.js';
import type { NodePolicy } from '../ports/node-policy.js';

/**
 * Whether attempt number `attempt` (from 0) that failed with `error` is followed by another one.
 *
 * A `retryOn` that throws, or that answers with a promise, means no: its error is a bug in the policy, and the node's own error is what the caller needs.
 */
export function retries(policy: NodePolicy, error: unknown, attempt: number): boolean {
  if (attempt >= policy.maxRetries) return false;
  if (NonRetryableError.is(error)) return false;
  if (FlowError.is(error) && isFinalCode(error.code)) return false;
  if (policy.retryOn === undefined) return true;
  try {
    const answer: unknown = policy.retryOn(error, attempt);
    if (isThenable(answer)) {
      // An asynchronous `retryOn`, which the types refuse: it cannot answer in time, and its failure is nobody else's.
      toPromise(answer).catch(() => {});
      return false;
    }
    return typeof answer === 'object' ? false : Boolean(answer);
  } catch {
    return false;
  }
}
