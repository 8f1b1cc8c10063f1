import { FlowError } from '../errors/flow-error.js';
import type { FlowErrorCode } from '../errors/flow-error-code.js';
import { NonRetryableError } from '../errors/non-retryable-error.js';
import type { NodePolicy } from '../ports/node-policy.js';

/** Failures that the same input can only repeat. */
const POINTLESS: ReadonlySet<FlowErrorCode> = new Set<FlowErrorCode>([
  'VALIDATION_FAILED',
  'NEXT_CALLED_TWICE',
  'TRACE_MISMATCH',
  'UNROUTED_MESSAGE',
  'UNKNOWN_TARGET',
  'JOIN_TIMEOUT',
  'TRACE_CANCELLED',
  'DEADLINE_EXCEEDED',
]);

/**
 * Whether attempt number `attempt` (from 0) that failed with `error` is followed by another one.
 *
 * A `retryOn` that throws means no: its error is a bug in the policy, and the node's own error is what the caller needs.
 */
export function retries(policy: NodePolicy, error: unknown, attempt: number): boolean {
  if (attempt >= policy.maxRetries) return false;
  if (NonRetryableError.is(error)) return false;
  if (FlowError.is(error) && POINTLESS.has(error.code)) return false;
  if (policy.retryOn === undefined) return true;
  try {
    return policy.retryOn(error, attempt);
  } catch {
    return false;
  }
}
