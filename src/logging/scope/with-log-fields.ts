import type { LogFields } from '../../ports/flow-log.js';
import { attemptScope } from './correlation-scope.js';

/**
 * Runs a function so that lines written inside it, however deep and however much later, carry the fields: for work around
 * a flow that has an id of its own, like an HTTP request. Applies to loggers from `getLogger` and to `correlate`d ones. Inside
 * another call, the fields of both count and the inner ones win; inside a node's `process`, only those of the attempt do.
 *
 * @param fields - `undefined` takes the fields of a surrounding call away
 *
 * @example
 * ```ts
 * await withLogFields({ trace_id: traceId }, () => handle(request));
 * ```
 */
export function withLogFields<R>(fields: LogFields | undefined, body: () => R): R {
  return attemptScope.run(fields === undefined ? undefined : { ...attemptScope.current, ...fields }, body);
}
