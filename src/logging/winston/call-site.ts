/** What a call like `logger.info('paid', { sku })` said. */
export interface CallSite {
  readonly message: string;
  /** Where the line's fields are; where they have a key in common, the first one wins. */
  readonly sources: object[];
}

/** Copies a value without secrets, so that it can go into the text of a message. */
export type Clean = (value: unknown) => unknown;

const TOKENS = /%[scdjifoO%]/g;
/** What an entry or winston itself says about a line, besides its fields. */
const ENTRY_KEYS: readonly string[] = ['level', 'message'];

/**
 * Reads the arguments of a call: a message, then fields, errors, values for printf tokens, in any order.
 * Unlike winston's own reading, a field `message` and an error's message stay out of the message.
 */
export function readCall(args: readonly unknown[], clean: Clean): CallSite {
  const [first, ...rest] = args;
  if (first instanceof Error) return withArgs(errorMessage(first), [{ error: first }], rest);
  if (typeof first === 'object' && first !== null)
    return withArgs(entryMessage(first, clean), entrySources(first), rest);
  const text = typeof first === 'string' ? first : String((clean(first) ?? '') as string | number | boolean);
  const tokens = text.includes('%') ? (text.match(TOKENS) ?? []).filter((token) => token !== '%%').length : 0;
  if (tokens === 0 || rest.length === 0) return withArgs(text, [], rest);
  return withArgs(
    process.getBuiltinModule('node:util').format(text, ...rest.slice(0, tokens).map(clean)),
    [],
    rest.slice(tokens),
  );
}

/** Reads an object that was written to the logger's stream. */
export function readEntry(info: object, clean: Clean): CallSite {
  return info instanceof Error
    ? { message: errorMessage(info), sources: [{ error: info }] }
    : { message: entryMessage(info, clean), sources: entrySources(info) };
}

function withArgs(message: string, sources: object[], args: readonly unknown[]): CallSite {
  const left: unknown[] = [];
  for (const arg of args) {
    if (arg instanceof Error) sources.push({ error: arg });
    else if (typeof arg === 'object' && arg !== null && !Array.isArray(arg)) sources.push(arg);
    else if (arg !== undefined && arg !== null) left.push(arg);
  }
  if (left.length > 0) sources.push({ args: left });
  return { message, sources };
}

function entryMessage(entry: object, clean: Clean): string {
  const message = read(entry, 'message');
  if (message instanceof Error) return errorMessage(message);
  if (typeof message === 'string') return message;
  return message === undefined || message === null || typeof message === 'object' ? '' : String(clean(message));
}

/** The entry's fields, and what its message holds when it is no text. */
function entrySources(entry: object): object[] {
  const message = read(entry, 'message');
  const fields = without(entry, ENTRY_KEYS);
  if (message instanceof Error) return [{ error: message }, fields];
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
