import type { Logger } from 'winston';
import { invalidOption } from '../errors/option-error.js';
import { attemptScope } from './correlation-scope.js';
import { loggingHub, ROOT_NAME } from './logging-hub.js';

/** Loggers that hold the correlation scope and were not given back. */
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
 * A correlated logger `penguiflow.node` for one consumer; what the assembly provides for `LOGGER` when the user provides nothing.
 * `FlowLogger` gives its one back, so that correlation costs nothing while no node logs through it.
 */
export function injectedLogger(): Logger {
  const logger = loggingHub.newLogger(`${ROOT_NAME}.node`);
  injected.add(logger);
  attemptScope.hold();
  return logger;
}

/** Gives back a logger made by {@link injectedLogger}; false for any other, which stays as it is. */
export function releaseInjected(logger: Logger): boolean {
  const isOurs = injected.delete(logger);
  if (isOurs) attemptScope.release();
  return isOurs;
}
