import type { Logger } from 'winston';
import { invalidOption } from '../errors/option-error.js';
import { attemptScope } from './correlation-scope.js';
import { loggingHub, ROOT_NAME } from './logging-hub.js';

/** Loggers that made the runtime enter the correlation scope, so that one of them does it once. */
const injected = new WeakSet<Logger>();
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

/**
 * A correlated logger for one consumer; what the assembly provides for `LOGGER` when the user provides nothing.
 * `FlowLogger` gives its one back, so that correlation costs nothing while no node logs through it.
 */
export function injectedLogger(): Logger {
  const logger = loggingHub.newLogger(`${ROOT_NAME}.flow`);
  injected.add(logger);
  attemptScope.hold();
  return logger;
}

/** Says that a logger made by {@link injectedLogger} writes no lines that need correlation. */
export function releaseInjected(logger: Logger): void {
  if (injected.delete(logger)) attemptScope.release();
}
