import { FlowError } from '../../errors/flow-error.js';
import { withoutFrames } from '../../errors/without-frames.js';
import { dropHolds } from '../core/trace-holds.js';
import type { TraceRecord } from '../trace/trace-record.js';
import { endRun } from './sweep-run.js';
import type { WiredFlow } from './wired-flow.js';

const REASON = 'handed back to its carrier';

/** Ends a run of which no code runs, because its message goes back to where it came from: as a cancel does, but for its events. */
export function handBackRun(flow: WiredFlow, run: TraceRecord): void {
  const { core } = flow;
  run.account?.cancel(REASON, 0);
  dropHolds(run);
  const message = `Trace ${run.id} of flow "${core.plan.flowName}" was ${REASON}`;
  const error = withoutFrames(() => new FlowError('TRACE_CANCELLED', { message, traceId: run.id }));
  endRun(flow, run, error, () => {});
}
