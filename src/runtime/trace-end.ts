import { describeThrown } from '../errors/flow-error.js';
import type { FlowCore } from './flow-core.js';
import { isThenable } from './is-thenable.js';
import type { TraceRecord } from './trace-record.js';

/** Tells the nodes that asked for it that the trace is over; one that throws is logged and keeps nobody else from it. */
export function tellTraceEnd(core: FlowCore, trace: TraceRecord): void {
  trace.ended = true;
  const callbacks = trace.endCallbacks;
  if (callbacks === undefined) return;
  trace.endCallbacks = undefined;
  for (const callback of callbacks) callTraceEnd(core, trace, callback);
}

/** Has a function called when the trace is over, which may be now. */
export function onTraceEnd(core: FlowCore, trace: TraceRecord, callback: () => void): void {
  if (trace.ended) callTraceEnd(core, trace, callback);
  else (trace.endCallbacks ??= []).push(callback);
}

function callTraceEnd(core: FlowCore, trace: TraceRecord, callback: () => unknown): void {
  try {
    const done = callback();
    // Nobody waits for an asynchronous one, yet its failure must not end the process.
    if (isThenable(done)) watchOver(core, trace, done);
  } catch (error) {
    logFailure(core, trace, error);
  }
}

/** Apart from the call above, which would make room for these variables each time. */
function watchOver(core: FlowCore, trace: TraceRecord, done: PromiseLike<unknown>): void {
  Promise.resolve(done).catch((error: unknown) => logFailure(core, trace, error));
}

function logFailure(core: FlowCore, trace: TraceRecord, error: unknown): void {
  const reserved = { trace_id: trace.id, flow_name: core.plan.flowName, tenant: trace.tenant };
  core.log.write('error', 'trace_end_hook_failed', { exception: describeThrown(error), error }, reserved);
}
