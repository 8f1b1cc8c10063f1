import { FlowError } from '../../errors/flow-error.js';
import { withoutFrames } from '../../errors/without-frames.js';
import { backoffS } from '../../policy/backoff.js';
import { retries } from '../../policy/retry-decision.js';
import type { AttemptContext } from './attempt-context.js';
import type { AttemptHost } from './attempt-host.js';

/** Whether another attempt follows. */
export interface RetryAnswer {
  /** When it follows, in seconds; undefined when none does. */
  readonly sleepS: number | undefined;
  /** None does only because the node has retried too much lately. */
  readonly isSpent: boolean;
}

const NONE: RetryAnswer = Object.freeze({ sleepS: undefined, isSpent: false });
const SPENT: RetryAnswer = Object.freeze({ sleepS: undefined, isSpent: true });

/** Asks the policy, which may run code of the user's, and then the budget. */
export function retryAnswer(
  { core, policy, retryBudget }: AttemptHost,
  context: AttemptContext,
  error: unknown,
): RetryAnswer {
  const { attempt } = context;
  const onBroken = (reason: unknown): void => {
    core.log.write('error', 'retry_on_failed', { error: reason }, context.logFields());
  };
  if (!retries(policy, error, attempt, onBroken)) return NONE;
  if (retryBudget?.take(core.clock.monotonic()) === false) return SPENT;
  return { sleepS: backoffS(policy, attempt + 1), isSpent: false };
}

/** The `FlowError` for a failure that is not tried again because of that. */
export function spentError({ name, policy }: Pick<AttemptHost, 'name' | 'policy'>, cause: unknown): FlowError {
  return withoutFrames(
    () =>
      new FlowError('RETRY_BUDGET_SPENT', {
        message: `Node '${name}' has no retry left: more than ${policy.retryBudget} of its attempts were retries lately`,
        cause,
        metadata: { retry_budget: policy.retryBudget },
      }),
  );
}
