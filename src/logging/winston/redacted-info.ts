import { RESERVED_NAMES } from '../redact/reserved-names.js';
import type { Sanitizer } from '../redact/sanitizer.js';

/** A line on its way through winston. */
export type Info = Record<string | symbol, unknown>;

export const LEVEL = Symbol.for('level');
const MESSAGE = Symbol.for('message');
export const SPLAT = Symbol.for('splat');
/** On a line: the fields that tell whose it is, as they are. */
export const RESERVED: unique symbol = Symbol.for('penguiflow:reserved') as never;
const TOKENS = /%[scdjifoO%]/g;

/**
 * A copy of a line without secrets: message, fields, errors, and what is yet to be put into the message. An error that is the
 * line, or its message, is spread out as winston's `errors()` does it. A copy, because the line may be the caller's own object.
 */
export function redactedInfo(info: Info, sanitizer: Sanitizer): Info {
  const fields = sanitizer.value(info);
  const clean: Info = typeof fields === 'object' ? { ...fields } : { message: fields };
  for (const key of Object.getOwnPropertySymbols(info)) clean[key] = info[key];
  if (info['message'] instanceof Error) spreadError(clean);
  if (typeof info[MESSAGE] === 'string') clean[MESSAGE] = sanitizer.text(info[MESSAGE]);
  if (Array.isArray(info[SPLAT])) redactArguments(clean, info['message'], info[SPLAT], sanitizer);
  else if (info[SPLAT] !== undefined) clean[SPLAT] = sanitizer.value(info[SPLAT]);
  if (info['level'] !== undefined) clean['level'] = info['level'];
  const reserved = info[RESERVED] as Readonly<Record<string, unknown>> | undefined;
  for (const [key, value] of Object.entries(reserved ?? {})) {
    if (RESERVED_NAMES.has(key) && info[key] === value) clean[key] = value;
  }
  return clean;
}

/** The message is an error, which the sanitizer has made an object of. */
function spreadError(clean: Info): void {
  const error = clean['message'];
  if (typeof error !== 'object' || error === null) return;
  const { message, ...rest } = error as Info;
  for (const key of Object.keys(rest)) clean[key] ??= rest[key];
  clean['message'] = message;
}

/**
 * The arguments of a call, which winston's `splat()` puts into the message, or among the fields. A secret that only the whole text
 * shows (`password=%s`) is hidden by putting it together here.
 */
function redactArguments(clean: Info, message: unknown, splat: readonly unknown[], sanitizer: Sanitizer): void {
  const redacted = splat.map((value) => redactedArgument(value, sanitizer));
  clean[SPLAT] = redacted;
  const count = typeof message === 'string' ? tokenCount(message) : 0;
  if (count === 0) return;
  const text = process.getBuiltinModule('node:util').format(message, ...redacted.slice(0, count));
  const shown = sanitizer.text(text);
  if (shown === text) {
    clean['message'] = message;
    return;
  }
  clean['message'] = shown;
  clean[SPLAT] = undefined;
  for (const fields of redacted.slice(count)) if (typeof fields === 'object') Object.assign(clean, fields);
}

function tokenCount(message: string): number {
  return message.includes('%') ? (message.match(TOKENS) ?? []).filter((token) => token !== '%%').length : 0;
}

/** An error stays one, whose message and stack are no fields; `splat()` would make them some. */
function redactedArgument(value: unknown, sanitizer: Sanitizer): unknown {
  const plain = sanitizer.value(value);
  if (!(value instanceof Error) || typeof plain !== 'object' || plain === null) return plain;
  const { type: _type, message, stack, cause, ...own } = plain as Info;
  const error = new Error(String(message));
  Object.setPrototypeOf(error, Object.getPrototypeOf(value) as object);
  for (const [name, part] of [
    ['message', message],
    ['stack', stack],
    ['cause', cause],
  ] as const) {
    if (part !== undefined) Object.defineProperty(error, name, { value: part, configurable: true, writable: true });
  }
  return Object.assign(error, own);
}
