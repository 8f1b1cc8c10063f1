import { FlowError } from '../../errors/flow-error.js';
import type { NodeContext } from '../../ports/node-context.js';
import type { AttemptHost } from './attempt-host.js';

/** For what comes after the end of an attempt. */
export function attemptEnded(
  { name, id }: AttemptHost,
  { attempt, traceId }: NodeContext,
  cause: unknown,
  what = 'its emit came too late',
): FlowError {
  const message = `Attempt ${attempt} of node "${name}" has ended; ${what}`;
  return new FlowError('ATTEMPT_ENDED', { message, traceId, nodeName: name, nodeId: id, cause });
}
