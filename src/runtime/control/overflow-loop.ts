import { FlowError } from '../../errors/flow-error.js';
import { failTrace } from '../core/trace-failure.js';
import type { TraceRecord } from '../trace/trace-record.js';
import type { WiredFlow } from './wired-flow.js';

/** Fails a run that multiplies in a loop without an end, and no other. */
export function overflowLoop(flow: WiredFlow, run: TraceRecord, maxLoop: number): void {
  const { core } = flow;
  const error = new FlowError('LOOP_OVERFLOW', {
    message: `A run of flow "${core.plan.flowName}" has more than ${maxLoop} messages in a loop`,
    traceId: run.id,
    metadata: { max_loop: maxLoop },
  });
  failTrace(core, run, error);
  core.endRest(run, error);
}
