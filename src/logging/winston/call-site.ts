import { isError } from '../../errors/is-error.js';
import type { Sanitizer } from '../redact/sanitizer.js';

/** What a call like `logger.info('paid', { sku })` said. */
export interface CallSite {
  readonly message: string;
  /** Where the line's fields are; where they have a key in common, the first one wins. */
  readonly sources: object[];
}

/** Longest text in which `%s` and the like are looked for. */
const MAX_FORMAT_CHARS = 65_536;
const TOKENS = /%[scdjifoO%]/g;
/** What an entry or winston itself says about a line, besides its fields. */
const ENTRY_KEYS: readonly string[] = ['level', 'message'];

/**
 * Reads the arguments of a call: a message, then fields, errors, values for printf tokens, in any order.
 * Unlike winston's own reading, a field `message` and an error's message stay out of the message.
 */
export function readCall(args: readonly unknown[], sanitizer: Sanitizer): CallSite {
  const [first, ...rest] = args;
  if (isError(first)) return withArgs(errorMessage(first), [{ error: first }], rest, sanitizer);
  if (typeof first === 'object' && first !== null)
    return withArgs(entryMessage(first, sanitizer), entrySources(first), rest, sanitizer);
  const text = typeof first === 'string' ? first : String((sanitizer.value(first) ?? '') as string | number | boolean);
  const tokens =
    text.length <= MAX_FORMAT_CHARS && text.includes('%')
      ? (text.match(TOKENS) ?? []).filter((token) => token !== '%%').length
      : 0;
  if (tokens === 0 || rest.length === 0) return withArgs(text, [], rest, sanitizer);
  return withArgs(
    process.getBuiltinModule('node:util').format(text, ...rest.slice(0, tokens).map((arg) => sanitizer.value(arg))),
    [],
    rest.slice(tokens),
    sanitizer,
  );
}

/** Reads an object that was written to the logger's stream. */
export function readEntry(info: object, sanitizer: Sanitizer): CallSite {
  return isError(info)
    ? { message: errorMessage(info), sources: [{ error: info }] }
    : { message: entryMessage(info, sanitizer), sources: entrySources(info) };
}

function withArgs(message: string, sources: object[], args: readonly unknown[], sanitizer: Sanitizer): CallSite {
  const left: unknown[] = [];
  for (const arg of args) {
    if (isError(arg)) sources.push({ error: arg });
    else if (typeof arg === 'object' && arg !== null && !Array.isArray(arg)) sources.push(arg);
    else if (arg !== undefined && arg !== null) left.push(arg);
  }
  if (typeof left[0] === 'string' && sanitizer.labelsSecret(message)) left[0] = sanitizer.censor; // ('token:', token)
  if (left.length > 0) sources.push({ args: left });
  return { message, sources };
}

function entryMessage(entry: object, sanitizer: Sanitizer): string {
  const message = read(entry, 'message');
  if (isError(message)) return errorMessage(message);
  if (typeof message === 'string') return message;
  return message === undefined || message === null || typeof message === 'object'
    ? ''
    : String(sanitizer.value(message));
}

/** The entry's fields, and what its message holds when it is no text. */
function entrySources(entry: object): object[] {
  const message = read(entry, 'message');
  const fields = without(entry, ENTRY_KEYS);
  if (isError(message)) return [{ error: message }, fields];
  return typeof message === 'object' && message !== null ? [message, fields] : [fields];
}

/** The same object with some keys hidden; nothing is read, so that no getter runs twice. */
function without(source: object, keys: readonly string[]): object {
  if (!keys.some((key) => Object.hasOwn(source, key))) return source;
  const kept = Object.entries(Object.getOwnPropertyDescriptors(source)).filter(([key]) => !keys.includes(key));
  return Object.defineProperties({}, Object.fromEntries(kept));
}

function errorMessage(error: Error): string {
  const message = read(error, 'message');
  return typeof message === 'string' ? message : '';
}

function read(source: object, key: string): unknown {
  try {
    return (source as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}
