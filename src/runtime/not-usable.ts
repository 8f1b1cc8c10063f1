import { FlowError } from '../errors/flow-error.js';
import { stoppedError } from './control/halt-flow.js';
import type { FlowState } from './flow-snapshot.js';

/** The error for what is asked of a flow that does not run yet, or no more. */
export function notUsable(flowName: string, state: FlowState, what: string): FlowError {
  if (state !== 'created' && state !== 'starting') return stoppedError(flowName);
  const when = state === 'created' ? 'before run()' : 'before run() has finished';
  return new FlowError('NOT_RUNNING', { message: `${what} of flow "${flowName}" ${when}` });
}
