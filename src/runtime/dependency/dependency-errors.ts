import { describeThrown, FlowError } from '../../errors/flow-error.js';
import { withoutFrames } from '../../errors/without-frames.js';
import type { PlanNode } from '../../graph/flow-plan.js';
import type { Dependency } from '../../ports/dependency.js';

/** Whose call of a dependency it is. */
export interface DependencyCaller {
  readonly plan: Pick<PlanNode, 'name' | 'id'>;
  readonly traceId: string;
}

/** How the errors of cockatiel's policies say what they are; its own `isBrokenCircuitError` and the like look for the same. */
const REASONS: readonly (readonly [marker: string, reason: string])[] = [
  ['isIsolatedCircuitError', 'breaker is held open'],
  ['isBrokenCircuitError', 'breaker is open'],
  ['isBulkheadRejectedError', 'bulkhead is full'],
];

/** Why a policy did not call the function, in words. */
export function reasonOf(error: unknown): string {
  if (typeof error === 'object' && error !== null) {
    try {
      const known = REASONS.find(([marker]) => (error as Record<string, unknown>)[marker] === true);
      if (known !== undefined) return known[1];
    } catch {
      // A getter or a proxy that throws.
    }
  }
  return describeThrown(error);
}

/** The `FlowError` for a call that the policy refused. */
export function rejectedError(caller: DependencyCaller, { name }: Dependency<unknown>, cause: unknown): FlowError {
  const reason = reasonOf(cause);
  const message = `"${name}" refused the call: ${reason}`;
  return errorOf(caller, 'DEPENDENCY_REJECTED', { message, cause, metadata: { dependency: name, reason } });
}

/** The `FlowError` for a try that outlived `timeoutS` of its dependency. */
export function timeoutError(caller: DependencyCaller, { name, timeoutS }: Dependency<unknown>): FlowError {
  return errorOf(caller, 'DEPENDENCY_TIMEOUT', {
    message: `"${name}" gave no answer within ${timeoutS as number} s`,
    // As that of `NODE_TIMEOUT`.
    cause: new DOMException('The try took too long', 'TimeoutError'),
    metadata: { dependency: name, timeout_s: timeoutS },
  });
}

function errorOf(
  { plan, traceId }: DependencyCaller,
  code: 'DEPENDENCY_REJECTED' | 'DEPENDENCY_TIMEOUT',
  facts: { readonly message: string; readonly cause: unknown; readonly metadata: Readonly<Record<string, unknown>> },
): FlowError {
  return withoutFrames(() => new FlowError(code, { ...facts, traceId, nodeName: plan.name, nodeId: plan.id }));
}
