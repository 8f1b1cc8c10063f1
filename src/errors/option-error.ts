import { FlowError } from './flow-error.js';

/** They would break lines of logs, pictures and labels, or turn them round. */
// oxlint-disable-next-line eslint/no-control-regex -- they are what is looked for
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

/**
 * The one wording for a bad option: ``Expected `timeoutS` of @Node "Price" to be > 0, got -1``.
 *
 * @param option - the option's name
 * @param owner - whose option it is, as the user wrote it (`@Node "Price"`, `createFlow(Orders)`)
 * @param expected - completes the sentence after "to be"
 * @param got - the value, of which only its kind and a short form are shown
 */
export function invalidOption(option: string, owner: string, expected: string, got: unknown, hint?: string): FlowError {
  // Where it is refused, it is so although it is greater than what is asked for.
  const wanted = got === Number.POSITIVE_INFINITY ? `finite and ${expected}` : expected;
  return new FlowError('INVALID_OPTION', {
    message: `Expected \`${option}\` of ${owner} to be ${wanted}, got ${describeValue(got)}`,
    metadata: { option, owner },
    hint,
  });
}

/** A short, safe form of a value for an error message: numbers and short strings as they are, the rest by kind. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined || typeof value === 'number' || typeof value === 'boolean') {
    return String(value);
  }
  if (typeof value === 'string') {
    return value.length <= 40 ? JSON.stringify(value) : `a string of ${value.length} characters`;
  }
  if (typeof value === 'function') return value.name === '' ? 'a function' : `function ${value.name}`;
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'object') return `an object of class ${className(value)}`;
  return `a ${typeof value}`;
}

/** Whether a value is an object of fields: no list, date, map or the like; a module is one. */
export function isRecord(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const tag = Object.prototype.toString.call(value);
  return tag === '[object Object]' || tag === '[object Module]';
}

/** The name of the class of an object, never of a `constructor` that it has itself; reading it may run code of the value's: a proxy that throws has none. */
export function className(value: object): string {
  try {
    const prototype = Object.getPrototypeOf(value) as { readonly constructor?: { readonly name?: unknown } } | null;
    const name = prototype?.constructor?.name;
    return typeof name === 'string' && name !== '' ? name : 'Object';
  } catch {
    return 'Object';
  }
}

/**
 * Checks an option `signal`; left out is right.
 * @throws FlowError `INVALID_OPTION`
 */
export function checkSignal(signal: AbortSignal | undefined, owner: string): void {
  if (signal === undefined) return;
  const { aborted, addEventListener, removeEventListener } = (signal ?? {}) as Partial<AbortSignal>;
  if (typeof aborted === 'boolean' && [addEventListener, removeEventListener].every(isFunction)) return;
  throw invalidOption('signal', owner, 'an AbortSignal', signal);
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function';
}

/**
 * Throws `INVALID_OPTION` when `options` is no object, and else for the first key of `options` that is not in `known`.
 *
 * @param renamed - former names, and what each is called now
 */
export function rejectUnknownOptions(
  options: object,
  known: readonly string[],
  owner: string,
  renamed: Readonly<Record<string, string>> = {},
): void {
  const given: unknown = options;
  if (!isRecord(given)) {
    throw new FlowError('INVALID_OPTION', {
      message: `Expected the options of ${owner} to be an object, got ${describeValue(given)}`,
      metadata: { owner },
      hint: `Write \`{ … }\` with any of: ${known.join(', ')}.`,
    });
  }
  for (const key of Object.keys(options)) {
    if (!known.includes(key)) {
      throw new FlowError('INVALID_OPTION', {
        message: `Unknown option \`${key}\` of ${owner}`,
        metadata: { option: key, owner },
        hint: `${guess(key, known, renamed)}Known options: ${known.join(', ')}.`,
      });
    }
  }
}

/** What was probably meant: names in snake_case, in other capitals, or without the unit at their end; former names alike. */
function guess(key: string, known: readonly string[], renamed: Readonly<Record<string, string>>): string {
  const plain = plainName(key);
  const former = Object.keys(renamed).find((name) => plainName(name) === plain);
  if (former !== undefined) return `It is called \`${renamed[former]}\` now. `;
  const meant =
    known.find((name) => plainName(name) === plain) ?? known.find((name) => plainName(name) === `${plain}s`);
  return meant === undefined ? '' : `Did you mean \`${meant}\`? `;
}

function plainName(name: string): string {
  return name.replaceAll(/[-_]/g, '').toLowerCase();
}

/** Whether a name has characters that would break what it stands in. */
export function hasControlCharacters(name: string): boolean {
  return CONTROL_CHARACTERS.test(name);
}
