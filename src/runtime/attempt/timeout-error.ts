import { FlowError } from '../../errors/flow-error.js';
import { withoutFrames } from '../../errors/without-frames.js';
import type { PlanNode } from '../../graph/flow-plan.js';

/** The `FlowError` for an attempt that outlived `timeoutS`. */
export function timeoutError({ name, id, policy }: PlanNode, traceId: string | undefined): FlowError {
  const timeoutS = policy.timeoutS as number;
  return withoutFrames(
    () =>
      new FlowError('NODE_TIMEOUT', {
        message: `Node '${name}' timed out after ${timeoutS.toFixed(2)}s`,
        traceId,
        nodeName: name,
        nodeId: id,
        // Gives the payload the `exception_type` it has in PenguiFlow for Python.
        cause: new DOMException('The attempt took too long', 'TimeoutError'),
        metadata: { timeout_s: timeoutS },
      }),
  );
}
