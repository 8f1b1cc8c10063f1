import { FlowError } from '../../errors/flow-error.js';
import type { Parcel } from '../trace/envelope.js';
import type { FailedNode } from './node-failure.js';

/** The `FlowError` for an attempt that outlived `timeoutS`. */
export function timeoutError(node: FailedNode, parcel: Parcel | undefined): FlowError {
  const timeoutS = node.policy.timeoutS as number;
  return new FlowError('NODE_TIMEOUT', {
    message: `Node '${node.name}' timed out after ${timeoutS.toFixed(2)}s`,
    traceId: parcel?.envelope.trace.id,
    nodeName: node.name,
    nodeId: node.id,
    // Gives the payload the `exception_type` it has in PenguiFlow for Python.
    cause: new DOMException('The attempt took too long', 'TimeoutError'),
    metadata: { timeout_s: timeoutS },
  });
}

/** The `FlowError` for a message whose deadline passed at this node. */
export function deadlineError(node: FailedNode, parcel: Parcel): FlowError {
  const { trace, deadlineS } = parcel.envelope;
  return new FlowError('DEADLINE_EXCEEDED', {
    message: `Deadline of trace ${trace.id} passed at node "${node.name}"`,
    traceId: trace.id,
    nodeName: node.name,
    nodeId: node.id,
    metadata: { deadline_s: deadlineS },
  });
}
