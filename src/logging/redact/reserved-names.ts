/**
 * The fields that tell whose line it is. From the attempt or the event that a line is about they are written as they are: never
 * redacted, cut or replaced, since a line that cannot be found by its trace id is lost.
 */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  'trace_id',
  'flow_name',
  'node_name',
  'node_id',
  'tenant',
  'attempt',
  'event',
  'run',
  'parent_run',
  'otel_trace_id',
  'otel_span_id',
]);

/** Those of them that stand in a `flow_error`, and the same of a `FlowError`. */
export const ERROR_IDS: ReadonlySet<string> = new Set([
  'trace_id',
  'node_name',
  'node_id',
  'traceId',
  'nodeName',
  'nodeId',
]);
