import { types } from 'node:util';

/** Deepest cause, or error of an `AggregateError`, that is shown. */
const MAX_ERROR_DEPTH = 8;
/** What of an error is written in a way of its own. */
const ERROR_PARTS: readonly string[] = ['type', 'message', 'stack', 'cause', 'errors'];

/** What reading a value gave, or that it threw: a log call must not fail because a getter does. */
export function safely<T>(read: () => T): T | string {
  try {
    return read();
  } catch (error) {
    return `[threw ${types.isNativeError(error) ? error.name : typeof error}]`;
  }
}

/**
 * The fields that an object stands for: its own properties, or what its `toJSON` gives. Undefined for what is one value, such as a
 * list, a date or a map, which a line shows as such.
 */
export function fieldsOf(value: unknown): Record<string, unknown> | undefined {
  if (!isFields(value)) return undefined;
  const toJson = safely(() => value['toJSON']);
  if (typeof toJson !== 'function') return readFields(value);
  const plain = safely((): { readonly is: unknown } => ({ is: toJson.call(value, '') }));
  if (typeof plain === 'string') return { unreadable: plain };
  if (plain.is === value) return readFields(value);
  return isFields(plain.is) ? readFields(plain.is) : undefined;
}

/** Whether it is a list; a proxy that was revoked throws when it is asked. */
export function isList(value: unknown): value is readonly unknown[] {
  return safely(() => Array.isArray(value)) === true;
}

/** What an error says. */
export function messageOf(error: Error): string {
  const message: unknown = safely(() => error.message);
  return typeof message === 'string' ? message : safely(() => String(message));
}

/** An error as a plain object, so that any winston logger prints it: as the `penguiflow` logger does, with `code` and the like. */
export function errorFields(error: Error, around: readonly Error[] = []): Record<string, unknown> {
  const { name, message, stack, cause, errors } = readParts(error);
  const shown: Record<string, unknown> = { type: name, message };
  if (stack !== undefined) shown['stack'] = stack;
  for (const [key, value] of Object.entries(readFields(error)))
    if (!ERROR_PARTS.includes(key) && !(key === 'name' && value === name)) shown[key] = value;
  const path = [...around, error];
  if (cause !== undefined) shown['cause'] = errorWithin(cause, path);
  if (isList(errors)) shown['errors'] = errors.map((each: unknown) => errorWithin(each, path));
  return shown;
}

function errorWithin(value: unknown, path: readonly Error[]): unknown {
  if (!types.isNativeError(value)) return value;
  if (path.includes(value)) return '[Circular]';
  return path.length < MAX_ERROR_DEPTH ? errorFields(value, path) : messageOf(value);
}

function readParts(error: Error): Record<'name' | 'message' | 'stack' | 'cause' | 'errors', unknown> {
  return {
    name: safely(() => error.name),
    message: safely(() => error.message),
    stack: safely(() => error.stack),
    cause: safely(() => error.cause),
    errors: safely(() => (error as AggregateError).errors as unknown),
  };
}

function readFields(source: object): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  const keys = safely(() => Object.keys(source));
  if (typeof keys === 'string') return { unreadable: keys };
  for (const key of keys) fields[key] = safely((): unknown => (source as Record<string, unknown>)[key]);
  return fields;
}

/** A plain object, or one of a class of the program's own; not a list, an error, or one of JavaScript's values. */
function isFields(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || isList(value)) return false;
  if (types.isNativeError(value) || types.isDate(value) || types.isRegExp(value) || types.isBoxedPrimitive(value))
    return false;
  return safely(() => Symbol.toStringTag in value) === false;
}
