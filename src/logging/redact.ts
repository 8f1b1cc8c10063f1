import { checkRedactOptions, type RedactOptions } from './redact/redact-options.js';
import { Redactor } from './redact/redactor.js';
import { Sanitizer } from './redact/sanitizer.js';
import { loggingHub } from './winston/logging-hub.js';

/** What {@link redact} gives for a value: a text for a text, and else a copy as plain JSON values. */
export type Redacted<T> = T extends string ? string : unknown;

/**
 * A copy of a value without secrets, as log lines get it: secrets under keys that name them, in lists, errors, URLs and texts are
 * replaced, and what is too long is cut and says so. Never throws for a value, whatever it is.
 *
 * @param value - a text, or anything else
 * @param options - what is hidden and how @defaultValue as in `redact` of `configureLogging`, also when that changes
 * @returns a text for a text; a plain copy for anything else, in which a `Map` is an object, a `Date` a text, and so on
 * @throws FlowError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * redact('postgres://app:hunter2@db/orders'); // 'postgres://[Redacted]@db/orders'
 * redact({ user: 'ada', apiKey: 'k-123' }); // { user: 'ada', apiKey: '[Redacted]' }
 * ```
 */
export function redact<T>(value: T, options?: RedactOptions): Redacted<T> {
  const sanitizer =
    options === undefined ? loggingHub.sanitizer : new Sanitizer(new Redactor(checkRedactOptions(options, 'redact()')));
  return (typeof value === 'string' ? sanitizer.text(value) : sanitizer.value(value)) as Redacted<T>;
}
