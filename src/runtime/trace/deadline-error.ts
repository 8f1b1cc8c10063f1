import { FlowError } from '../../errors/flow-error.js';
import { withoutFrames } from '../../errors/without-frames.js';

/** A node, by name. */
export interface NodeName {
  readonly name: string;
  readonly id: string;
}

/** The one `DEADLINE_EXCEEDED`: for a whole trace, or for a message at a node. */
export function deadlineError(traceId: string, deadlineS: number | undefined, node?: NodeName): FlowError {
  return withoutFrames(
    () =>
      new FlowError('DEADLINE_EXCEEDED', {
        message: `Deadline of trace ${traceId} passed${node === undefined ? '' : ` at node "${node.name}"`}`,
        traceId,
        nodeName: node?.name,
        nodeId: node?.id,
        metadata: { deadline_s: deadlineS },
      }),
  );
}
