import { describeThrown, exceptionType, FlowError } from '../../errors/flow-error.js';
import { isOwnCode } from '../../errors/flow-error-code.js';
import { isViolationOf } from '../../errors/own-violations.js';
import { copyStack } from '../../errors/stack.js';
import { thrownText } from '../../errors/thrown-text.js';
import { withoutFrames } from '../../errors/without-frames.js';
import type { PlanNode } from '../../graph/flow-plan.js';
import type { TraceRecord } from '../trace/trace-record.js';

/** The `FlowError` for the last failed attempt of a message; same texts and metadata as in PenguiFlow for Python. */
export function nodeFailure(
  node: PlanNode,
  trace: TraceRecord,
  error: unknown,
  facts: { readonly attempt: number; readonly latencyMs: number | null },
): FlowError {
  // Field by field: a spread of an object makes several, and many messages may fail at once.
  const { name: nodeName, id: nodeId } = node;
  const traceId = trace.id;
  const { attempt, latencyMs } = facts;
  const metadata = latencyMs === null ? { attempt } : { attempt, latency_ms: latencyMs };
  // A playbook's failure names a node of its own; here it is what this node threw.
  const own =
    FlowError.is(error) &&
    (error.nodeName === undefined || error.nodeName === node.name) &&
    (error.nodeId === undefined || error.nodeId === node.id);
  if (own && isOwnCode(error.code)) {
    const { code, message, cause, hint } = error;
    const all = Object.assign(metadata, ownMetadata(error, node.id));
    const init = { message, traceId, nodeName, nodeId, cause, hint, metadata: all };
    const failure = withoutFrames(() => new FlowError(code, init));
    copyStack(failure, error);
    return failure;
  }
  // Its own frames would be the runtime's; those of the node are in the cause.
  return withoutFrames(
    () =>
      new FlowError('NODE_EXCEPTION', {
        traceId,
        nodeName,
        nodeId,
        message: `Node '${nodeName}' raised ${exceptionType(error)}: ${messageOf(error)}`,
        cause: error,
        metadata: { ...metadata, exception_repr: describeThrown(error) },
      }),
  );
}

/** Only what the check of the node itself said goes for a statement about its input or output. */
function ownMetadata(error: FlowError, nodeId: string): Readonly<Record<string, unknown>> {
  const { code, metadata } = error;
  if (code !== 'VALIDATION_FAILED' || isViolationOf(error, nodeId)) return metadata;
  const { direction: _, ingress: _too, ...rest } = metadata;
  return rest;
}

function messageOf(error: unknown): string {
  try {
    return thrownText(error);
  } catch {
    return 'a value that cannot be printed';
  }
}
