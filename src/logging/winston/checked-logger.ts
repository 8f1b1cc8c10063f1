import type { Logger } from 'winston';
import { invalidOption } from '../../errors/option-error.js';

/**
 * What is bound to a token of a logger.
 * @throws FlowError `INVALID_OPTION` when it is no winston logger
 */
export function checkedLogger(token: string, logger: Logger): Logger {
  const given = logger as Partial<Logger> | null | undefined;
  if (typeof given?.write === 'function' && Array.isArray(given.transports)) return logger;
  const hint = 'Bind what `winston.createLogger(...)` returns; for any other logger bind FLOW_LOG.';
  throw invalidOption(token, 'createFlow()', 'a winston Logger', logger, hint);
}
