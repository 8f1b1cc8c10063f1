import type { Logform } from 'winston';
import { loggingHub } from './logging-hub.js';
import { Redactor } from '../redact/redactor.js';
import { checkRedactOptions, type RedactOptions } from '../redact/redact-options.js';
import { Sanitizer } from '../redact/sanitizer.js';
import { redactedInfo } from './redacted-info.js';

/**
 * A winston format that hides secrets in everything a line of your own logger holds: message, fields, errors with their stacks
 * and causes. Put it before the format that makes the text (`json`, `printf` …), and after `splat` if you use that.
 *
 * For loggers that have nothing to do with flows: lines of `getLogger()` need it not, nor do those of a logger that is bound to
 * `LOGGER`, and what the library itself writes to any logger of yours (events, `ctx.logger`).
 *
 * @param options - what is hidden and how @defaultValue as in `redact` of `configureLogging`, also when that changes
 * @throws FlowError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * const format = winston.format.combine(redactFormat(), winston.format.timestamp(), winston.format.json());
 * const log = correlate(winston.createLogger({ format, transports: [new winston.transports.Console()] }));
 * ```
 */
export function redactFormat(options?: RedactOptions): Logform.Format {
  const own =
    options === undefined ? undefined : new Sanitizer(new Redactor(checkRedactOptions(options, 'redactFormat()')));
  return {
    transform: (info) => redactedInfo(info, own ?? loggingHub.sanitizer) as Logform.TransformableInfo,
  };
}
