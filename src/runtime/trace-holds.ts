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
  (trace.holds ??= new Set()).add(hold);
  return () => {
    if (trace.holds?.delete(hold) === true) core.traces.endIfEmpty(trace);
  };
}

/** Lets go of what the nodes keep of a trace, or only of what has this deadline or an earlier one; returns how much. */
export function dropHolds(trace: TraceRecord, deadlineS = Number.POSITIVE_INFINITY): number {
  let dropped = 0;
  for (const hold of trace.holds ?? []) {
    if (deadlineS !== Number.POSITIVE_INFINITY && !(hold.deadlineS !== undefined && hold.deadlineS <= deadlineS))
      continue;
    trace.holds?.delete(hold);
    dropped++;
  }
  return dropped;
}
