import { invalidOption, rejectUnknownOptions } from '../../errors/option-error.js';

/** What is hidden beyond the built-in keys and patterns, and how. */
export interface RedactOptions {
  /** More keys: names, in any case and separator style, or patterns. @defaultValue none */
  readonly keys?: readonly (string | RegExp)[] | undefined;
  /** More patterns for text; every match is replaced. Keep them linear: they run on every string. @defaultValue none */
  readonly patterns?: readonly RegExp[] | undefined;
  /** What stands in a secret's place. @defaultValue `'[Redacted]'` */
  readonly censor?: string | undefined;
  /** Longest string that is written, in characters; what is over is cut. @defaultValue 8192 */
  readonly maxChars?: number | undefined;
}

/**
 * Checks `redact` of `configureLogging()`.
 * @throws FlowError `INVALID_OPTION`
 */
export function checkRedact(value: unknown): RedactOptions | false {
  if (value === false) return false;
  if (value === undefined || value === true) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalidOption('redact', 'configureLogging()', 'true, false or an object', value);
  }
  return checkRedactOptions(value, '`redact` of configureLogging()');
}

/**
 * @param owner - what takes the options, for the messages
 * @throws FlowError `INVALID_OPTION`
 */
export function checkRedactOptions(options: RedactOptions, owner: string): RedactOptions {
  rejectUnknownOptions(options, ['keys', 'patterns', 'censor', 'maxChars'], owner);
  const { keys, patterns, censor, maxChars } = options as Record<string, unknown>;
  if (
    keys !== undefined &&
    !(Array.isArray(keys) && keys.every((key) => (typeof key === 'string' && key !== '') || key instanceof RegExp))
  ) {
    throw invalidOption('keys', owner, 'an array of names and patterns', keys);
  }
  if (patterns !== undefined && !(Array.isArray(patterns) && patterns.every((pattern) => pattern instanceof RegExp))) {
    throw invalidOption('patterns', owner, 'an array of patterns', patterns);
  }
  if (censor !== undefined && (typeof censor !== 'string' || censor === '')) {
    throw invalidOption('censor', owner, 'a non-empty string', censor);
  }
  if (maxChars !== undefined && !(Number.isInteger(maxChars) && (maxChars as number) >= 100)) {
    throw invalidOption('maxChars', owner, 'a whole number >= 100', maxChars);
  }
  return { ...options };
}
