import type { Logger } from 'winston';
import { invalidOption, rejectUnknownOptions } from '../../errors/option-error.js';
import { attemptScope } from '../scope/correlation-scope.js';
import { Redactor } from '../redact/redactor.js';
import { checkRedactOptions, type RedactOptions } from '../redact/redact-options.js';
import { Sanitizer } from '../redact/sanitizer.js';
import { ownLogger } from './own-logger.js';

/** Options of {@link correlate}. */
export interface CorrelateOptions {
  /**
   * Whether and how the lines are redacted that your code writes to the logger; those of the library are redacted as
   * `configureLogging` says. @defaultValue true, which is the same
   */
  readonly redact?: boolean | RedactOptions | undefined;
}

/**
 * Makes every line of a winston logger, and of its children, carry `trace_id`, `flow_name`, `node_name`, `node_id`,
 * `tenant` and `attempt` when it is written during a node's `process`. The values are those of the moment of the call,
 * however late a format or transport runs, and they win over fields of the call with the same name. Secrets in its lines are hidden,
 * and what it or a transport of it throws is said on stderr, and fails nobody. A logger that is bound to `LOGGER` is correlated already.
 *
 * The logger is changed in place and returned, for a child with the one it was made from, because winston seals the
 * `write` of children. Correlating twice is fine. Loggers from `getLogger` are correlated already.
 *
 * @throws FlowError `INVALID_OPTION` when it is no winston logger, or for a wrong option
 * @example
 * ```ts
 * const log = correlate(winston.createLogger({ transports: [new winston.transports.Console()] }));
 * ```
 */
export function correlate<L extends Logger>(logger: L, options: CorrelateOptions = {}): L {
  if (typeof (logger as Partial<Logger> | undefined)?.write !== 'function') {
    const hint = 'Give what `winston.createLogger(...)` returns; for other loggers use `ctx.logger`, or bind FLOW_LOG.';
    throw invalidOption('logger', 'correlate()', 'a winston Logger', logger, hint);
  }
  rejectUnknownOptions(options, ['redact'], 'correlate()');
  const redact = redactionOf(options.redact);
  attemptScope.hold();
  ownLogger(logger)?.correlate(redact);
  return logger;
}

function redactionOf(redact: unknown): boolean | Sanitizer | undefined {
  if (redact === undefined || typeof redact === 'boolean') return redact;
  return new Sanitizer(new Redactor(checkRedactOptions(redact as RedactOptions, '`redact` of correlate()')));
}
