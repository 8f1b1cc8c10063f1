import type { Logger } from 'winston';
import { invalidOption } from '../../errors/option-error.js';
import { correlate } from './correlate.js';
import { ownLogger } from './own-logger.js';

/**
 * The logger that is bound to a token, correlated: nodes write to it.
 * @throws FlowError `INVALID_OPTION` when it is no winston logger
 */
export function boundTo(token: string, logger: Logger): Logger {
  return correlate(namedLogger(token, logger));
}

/**
 * The logger that is bound to a token, or given in its place.
 * @throws FlowError `INVALID_OPTION` when it is no winston logger
 */
export function namedLogger(token: string, logger: Logger): Logger {
  const given = logger as Partial<Logger> | null | undefined;
  if (typeof given?.write !== 'function' || !Array.isArray(given.transports)) {
    const hint =
      'Bind what `winston.createLogger(...)` returns; for pino see `pinoTransport()`, for any other logger bind FLOW_LOG.';
    throw invalidOption(token, 'createFlow()', 'a winston Logger', logger, hint);
  }
  ownLogger(logger)?.name(token);
  return logger;
}
