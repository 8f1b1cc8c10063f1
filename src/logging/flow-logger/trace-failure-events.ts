import type { FlowEvent } from '../../events/flow-event.js';
import type { FlowEventType } from '../../events/flow-event-type.js';

/** Types that end a trace badly, whatever their `extra` says. */
const FAILURES: ReadonlySet<FlowEventType> = new Set([
  'node_failed',
  'deadline_skip',
  'trace_cancel_start',
  'node_trace_cancelled',
]);
/** Types that do unless a retry follows. */
const ATTEMPT_FAILURES: ReadonlySet<FlowEventType> = new Set(['node_error', 'node_timeout']);

/** Whether an event of this type may say that its trace ends badly. */
export function mayFailTrace(type: FlowEventType): boolean {
  return FAILURES.has(type) || ATTEMPT_FAILURES.has(type);
}

/** Whether the event says that its trace ends badly. */
export function failsTrace(event: FlowEvent): boolean {
  return FAILURES.has(event.eventType) || (ATTEMPT_FAILURES.has(event.eventType) && event.extra['will_retry'] !== true);
}
