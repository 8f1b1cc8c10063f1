import { isThenable, toPromise } from '../message/is-thenable.js';
import { FlowError } from '../errors/flow-error.js';
import { invalidOption } from '../errors/option-error.js';
import { isFinalCode } from '../errors/flow-error-code.js';
import { NonRetryableError } from '../errors/non-retryable-error.js';
import type { NodePolicy } from '../ports/node-policy.js';

/**
 * Whether attempt number `attempt` (from 0) that failed with `error` is followed by another one.
 *
 * A `retryOn` that throws, or gives anything but an answer, means no: that is a bug in the policy, which is told of, and the node's own
 * error is what the caller needs.
 *
 * @param onBroken - takes what it threw, or an error that says what it gave
 */
export function retries(
  policy: NodePolicy,
  error: unknown,
  attempt: number,
  onBroken: (reason: unknown) => void = () => {},
): boolean {
  if (attempt >= policy.maxRetries) return false;
  if (NonRetryableError.is(error)) return false;
  if (FlowError.is(error) && isFinalCode(error.code)) return false;
  if (policy.retryOn === undefined) return true;
  try {
    const answer: unknown = policy.retryOn(error, attempt);
    // It cannot answer later, and its failure is nobody else's.
    if (isThenable(answer)) toPromise(answer).catch(() => {});
    if (typeof answer !== 'object' && typeof answer !== 'function') return Boolean(answer);
    if (answer === null) return false;
    onBroken(invalidOption('retryOn', 'a node', 'a function that answers true or false at once', answer));
  } catch (thrown) {
    onBroken(thrown);
  }
  return false;
}
