import type { Logform } from 'winston';
import { RESERVED_NAMES } from '../redact/reserved-names.js';
import { loggingHub, RESERVED } from './logging-hub.js';
import { Redactor } from '../redact/redactor.js';
import { checkRedactOptions, type RedactOptions } from '../redact/redact-options.js';
import { Sanitizer } from '../redact/sanitizer.js';

const MESSAGE = Symbol.for('message');
const SPLAT = Symbol.for('splat');

/**
 * A winston format that hides secrets in everything a line of your own logger holds: message, fields, errors with their stacks
 * and causes. Put it before the format that makes the text (`json`, `printf` …), and after `splat` if you use that.
 *
 * The library redacts the lines it writes itself to a logger of yours (events, `ctx.logger`); what your code writes to it
 * directly is redacted only by this format. Lines of `getLogger()` need it not.
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
  return { transform: (info) => withoutSecrets(info, own ?? loggingHub.sanitizer) };
}

/** A copy, because the line may be the caller's own object. */
function withoutSecrets(info: Logform.TransformableInfo, sanitizer: Sanitizer): Logform.TransformableInfo {
  const fields = sanitizer.value(info);
  const clean: Record<string | symbol, unknown> = typeof fields === 'object' ? { ...fields } : { message: fields };
  for (const key of Object.getOwnPropertySymbols(info)) clean[key] = info[key];
  if (typeof info[MESSAGE] === 'string') clean[MESSAGE] = sanitizer.text(info[MESSAGE]);
  if (info[SPLAT] !== undefined) clean[SPLAT] = sanitizer.value(info[SPLAT]);
  const reserved = info[RESERVED] as Readonly<Record<string, unknown>> | undefined;
  for (const [key, value] of Object.entries(reserved ?? {}))
    if (RESERVED_NAMES.has(key) && info[key] === value) clean[key] = value;
  return Object.assign(clean, { level: info.level }) as Logform.TransformableInfo;
}
