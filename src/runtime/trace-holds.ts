import type { Envelope } from './envelope.js';
import type { FlowCore } from './flow-core.js';
import type { TraceRecord } from './trace-record.js';

function nothing(): void {}

/**
 * Keeps the trace of a message alive while a node keeps the message for later. The returned function lets go.
 *
 * Not so in a trace that a `call` waits for: nobody adds to such a trace, so a message that is kept there when nothing
 * else is left would be kept for ever, and the caller with it.
 */
export function holdTrace(core: FlowCore, envelope: Envelope): () => void {
  const { trace } = envelope;
  if (trace.owned || trace.ended) return nothing;
  const hold = { deadlineS: envelope.deadlineS };
  if (trace.holds === undefined) trace.holds = [hold];
  else trace.holds.push(hold);
  return () => {
    const holds = trace.holds ?? [];
    const index = holds.indexOf(hold);
    if (index === -1) return;
    if (index === holds.length - 1) holds.pop();
    else holds.splice(index, 1);
    core.traces.endIfEmpty(trace);
  };
}

/** Lets go of what the nodes keep of a trace, or only of what has this deadline or an earlier one; returns how much. */
export function dropHolds(trace: TraceRecord, deadlineS = Number.POSITIVE_INFINITY): number {
  const holds = trace.holds ?? [];
  const all = deadlineS === Number.POSITIVE_INFINITY;
  trace.holds = all ? [] : holds.filter((hold) => hold.deadlineS === undefined || hold.deadlineS > deadlineS);
  return holds.length - trace.holds.length;
}
