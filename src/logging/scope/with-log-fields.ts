import type { LogFields } from '../../ports/flow-log.js';
import { attemptScope } from './correlation-scope.js';

/**
 * Runs a function so that lines written inside it, however deep and however much later, carry the fields: for work around
 * a flow that has an id of its own, like an HTTP request. Applies to loggers from `getLogger` and to `correlate`d ones. Inside
 * another call, the fields of both count and the inner ones win; inside a node's `process` they are added, and those of the attempt
 * win.
 *
 * @param fields - `undefined` takes the fields of a surrounding call away, never those of an attempt
 *
 * @example
 * ```ts
 * await withLogFields({ trace_id: traceId }, () => handle(request));
 * ```
 */
export function withLogFields<R>(fields: LogFields | undefined, body: () => R): R {
  const around = attemptScope.current;
  const ids = around?.['node_id'] === undefined ? undefined : idsOf(around);
  return attemptScope.run(fields === undefined ? ids : { ...around, ...fields, ...ids }, body);
}

/** What says which attempt a line is of: nobody inside of it says otherwise. */
const IDS = ['trace_id', 'flow_name', 'node_name', 'node_id', 'tenant', 'attempt', 'otel_trace_id', 'otel_span_id'];

function idsOf(fields: LogFields): LogFields {
  return Object.fromEntries(IDS.filter((name) => name in fields).map((name) => [name, fields[name]])) as LogFields;
}
