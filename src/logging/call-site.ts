import { format } from 'node:util';

/** What a call like `logger.info('paid', { sku })` said, after winston packed it into one object. */
export interface CallSite {
  readonly message: unknown;
  /** The fields of the call and of child loggers. */
  readonly fields: object;
  /** An error that was the message itself or an argument. */
  readonly error: unknown;
  /** Arguments that are neither the message, fields nor errors. */
  readonly args: readonly unknown[];
}

const SPLAT = Symbol.for('splat');
const TOKENS = /%[scdjifoO%]/g;

/**
 * Undoes what winston does to a call: it appends `meta.message` to the message, and copies `stack` and `cause` of an
 * error argument onto the line.
 */
export function readCallSite(
  info: Readonly<Record<string | symbol, unknown>>,
  clean: (value: unknown) => unknown,
): CallSite {
  if (info instanceof Error) return { message: info.message, fields: {}, error: info, args: [] };
  const args = Array.isArray(info[SPLAT]) ? (info[SPLAT] as unknown[]) : [];
  const message = info['message'];
  if (message instanceof Error) return { message: message.message, fields: info, error: message, args };
  if (args.length === 0) return { message, fields: info, error: undefined, args };
  const text = ungarbled(message, args[0]);
  return typeof text === 'string' && text.includes('%')
    ? withTokens(text, info, args, clean)
    : withArgs(text, info, args);
}

/** `message` as the caller wrote it. */
export function ungarbled(message: unknown, meta: unknown): unknown {
  if (typeof message !== 'string' || typeof meta !== 'object' || meta === null) return message;
  let added: unknown;
  try {
    added = (meta as { readonly message?: unknown }).message;
    if (!added) return message;
    const tail = ` ${String(added)}`;
    return message.endsWith(tail) && !message.slice(0, -tail.length).match(TOKENS)
      ? message.slice(0, -tail.length)
      : message;
  } catch {
    return message;
  }
}

function withArgs(message: unknown, info: object, args: readonly unknown[]): CallSite {
  const [first, ...rest] = args;
  if (first instanceof Error) return { message, fields: without(info, ['stack', 'cause']), error: first, args: rest };
  return {
    message,
    fields: typeof first === 'object' && first !== null ? { ...info, ...first } : info,
    error: undefined,
    args: typeof first === 'object' ? rest : args,
  };
}

function withTokens(
  message: string,
  info: object,
  args: readonly unknown[],
  clean: (value: unknown) => unknown,
): CallSite {
  const tokens = (message.match(TOKENS) ?? []).filter((token) => token !== '%%').length;
  if (tokens === 0) return withArgs(message, info, args);
  const used = args.slice(0, tokens).map((arg) => (typeof arg === 'symbol' ? arg.toString() : clean(arg)));
  return withArgs(format(message, ...used), info, args.slice(tokens));
}

function without(info: object, keys: readonly string[]): object {
  const copy: Record<string, unknown> = { ...info };
  for (const key of keys) delete copy[key];
  return copy;
}
