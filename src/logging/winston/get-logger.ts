import type { Logger } from 'winston';
import { invalidOption } from '../../errors/option-error.js';
import { attemptScope } from '../scope/correlation-scope.js';
import { loggingHub, ROOT_NAME } from './logging-hub.js';

/** Whether a logger that may be used inside nodes was handed out, so that attempts enter the correlation scope. */
let isHolding = false;

/**
 * The winston logger `penguiflow`, or one of its children: `getLogger('billing')` is `penguiflow.billing`. The same
 * name gives the same logger.
 *
 * A line that it writes during a node's `process` carries `trace_id`, `flow_name`, `node_name`, `node_id`, `tenant`
 * and `attempt`.
 *
 * @throws FlowError `INVALID_OPTION` when the name is not a non-empty string
 *
 * @example
 * ```ts
 * const log = getLogger('billing');
 * log.info('charged', { orderId });
 * ```
 */
export function getLogger(name: string = ROOT_NAME): Logger {
  if (typeof name !== 'string' || name === '') throw invalidOption('name', 'getLogger()', 'a non-empty string', name);
  if (!isHolding) {
    isHolding = true;
    attemptScope.hold();
  }
  return loggingHub.logger(name);
}
