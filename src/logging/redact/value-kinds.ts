import { exceptionType } from '../../errors/flow-error.js';

/** Largest BigInt that is written with all of its digits; writing longer ones takes ever longer. */
const LARGEST = 2n ** 4096n;
const MAX_COUNTED = 100_000;
/** Classes of the web whose entries are their content. */
const WITH_ENTRIES: ReadonlySet<unknown> = new Set(['Headers', 'URLSearchParams', 'FormData']);

type Types = (typeof import('node:util'))['types'];
let types: Types | undefined;

/** The entries of a map, of any realm, and of the likes of `Headers`; undefined for everything else. */
export function entriesOf(value: object): Iterable<readonly [unknown, unknown]> | undefined {
  if (isPlain(value)) return undefined;
  if (kinds().isMap(value)) return value as Map<unknown, unknown>;
  if (!WITH_ENTRIES.has((value as { readonly [Symbol.toStringTag]?: unknown })[Symbol.toStringTag])) return undefined;
  return (value as Map<unknown, unknown>).entries();
}

/** The values of a set, of any realm. */
export function isSet(value: object): value is Set<unknown> {
  return !isPlain(value) && kinds().isSet(value);
}

/** What is written as one text, or as null; undefined for what has entries of its own. */
export function textOf(value: object): string | null | undefined {
  if (isPlain(value)) return undefined;
  const is = kinds();
  if (is.isDate(value)) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${typeName(value)} of ${value.byteLength} bytes]`;
  if (is.isAnyArrayBuffer(value)) return `[${typeName(value)} of ${value.byteLength} bytes]`;
  if (value instanceof URL || is.isRegExp(value)) return String(value);
  if (is.isPromise(value) || is.isWeakMap(value) || is.isWeakSet(value)) return `[${typeName(value)}]`;
  return undefined;
}

/** The digits of a BigInt, if they are not too many. */
export function digitsOf(value: bigint): string {
  return value < LARGEST && value > -LARGEST ? value.toString() : '[BigInt of more than 1000 digits]';
}

/** How many entries a structure has. */
export function countOf(value: object): number {
  if (Array.isArray(value)) return value.length;
  const is = kinds();
  if (is.isMap(value) || is.isSet(value)) return value.size;
  const entries = entriesOf(value);
  return entries === undefined ? Object.keys(value).length : lengthOf(entries);
}

/** Counts to a limit, since classes of others may have no end. */
function lengthOf(entries: Iterable<unknown>): number {
  let count = 0;
  for (const _ of entries) if (++count >= MAX_COUNTED) break;
  return count;
}

/** What is in a boxed primitive; undefined for everything else. */
export function unboxed(value: object): unknown {
  return !isPlain(value) && kinds().isBoxedPrimitive(value) ? value.valueOf() : undefined;
}

/** The name of a value's class; never throws. */
export function typeName(value: unknown): string {
  return safely(() => String(exceptionType(value) as unknown)) ?? 'error';
}

export function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Set by winston on an error that is logged by itself, together with `level`. */
const LEVEL = Symbol.for('level');
/** Parts of an error that are written in their own way. */
const ERROR_KEYS: ReadonlySet<string> = new Set(['message', 'stack', 'cause', 'errors']);

/** The parts of an error that are no ordinary properties, and which properties are these parts. */
export function errorParts(error: Error): {
  readonly type: string;
  readonly message: string;
  readonly stack: string | undefined;
  readonly cause: unknown;
  readonly errors: unknown;
  readonly isLeftOut: (key: string) => boolean;
} {
  const type = typeName(error);
  const stack = safely(() => error.stack as unknown);
  const isLogged = LEVEL in error;
  const ownType = safely(() => (error as { readonly type?: unknown }).type);
  return {
    type,
    message: safely(() => String(error.message as unknown)) ?? '',
    stack: typeof stack === 'string' ? stack : undefined,
    cause: safely(() => error.cause),
    errors: safely(() => (error as AggregateError).errors as unknown),
    isLeftOut: (key) => ERROR_KEYS.has(key) || (key === 'type' && ownType === type) || (isLogged && key === 'level'),
  };
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function kinds(): Types {
  types ??= process.getBuiltinModule('node:util').types;
  return types;
}
