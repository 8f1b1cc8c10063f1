/** Every event type, in one literal list; `docs/reference/events.md` is checked against it by a test. */
export const FLOW_EVENT_TYPES = [
  'node_start',
  'node_success',
  'node_error',
  'node_timeout',
  'node_retry',
  'node_failed',
  'node_cancelled',
  'node_trace_cancelled',
  'loop_blocked',
  'node_stuck',
  'deadline_skip',
  'join_incomplete',
  'dependency_success',
  'dependency_error',
  'dependency_rejected',
  'dependency_state',
  'trace_start',
  'trace_end',
  'part_start',
  'part_end',
  'trace_cancel_start',
  'trace_cancel_drop',
  'trace_cancel_finish',
  'flow_backpressure',
  'flow_stalled',
] as const;

/** What happened, as the runtime names it. */
export type FlowEventType = (typeof FLOW_EVENT_TYPES)[number];
