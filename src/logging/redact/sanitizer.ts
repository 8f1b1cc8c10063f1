import { describeThrown, exceptionType } from '../../errors/flow-error.js';
import { isNativePromise } from '../../message/is-thenable.js';
import { fieldName, type FieldList, type FieldName } from '../lines/field-list.js';
import { LINE_KEYS } from '../lines/log-record.js';
import type { Redactor } from './redactor.js';

/** Deepest level of an object that is shown. */
const MAX_DEPTH = 12;
/** Most entries of one object or list that are shown. */
const MAX_ENTRIES = 500;
/** Most values of one line that are shown; bounds the time a line can take, whatever it is given. */
const MAX_VALUES = 10_000;
const MAX_KEY_CHARS = 200;
/** Longest key that goes without a look for secrets in it. */
const SHORT_KEY_CHARS = 12;
const MAX_KNOWN_NAMES = 2000;
/** Set by winston on an error that is logged by itself, together with `level`. */
const LEVEL = Symbol.for('level');

/**
 * Turns any value into plain JSON values, without what the redactor takes for a secret. Never throws, whatever the value is: cycles, getters and
 * proxies that throw, values that JSON does not know.
 */
export class Sanitizer {
  readonly #redactor: Redactor;
  readonly #names = new Map<string, FieldName>();
  readonly #path: object[] = [];
  #valuesLeft = 0;

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  text(text: string): string {
    return this.#redactor.text(text);
  }

  /** Any value, as a field of its own. */
  value(value: unknown): unknown {
    this.#begin();
    return this.#value(value);
  }

  /**
   * Appends the fields of a line. Where sources have a key in common, the first one wins.
   * Keys that the line itself uses get an underscore.
   */
  fields(list: FieldList, sources: readonly object[]): void {
    this.#begin();
    for (let index = 0; index < sources.length; index++) {
      const source = sources[index]!;
      const keys = keysOf(source);
      const shown = Math.min(keys.length, MAX_ENTRIES);
      for (let at = 0; at < shown; at++) {
        const key = keys[at]!;
        if (index === 0 || !isShadowed(key, sources, index)) this.#field(list, key, source);
      }
      if (keys.length > shown) list.add(fieldName('...', false), `${keys.length - shown} more`);
    }
  }

  #begin(): void {
    this.#valuesLeft = MAX_VALUES;
    this.#path.length = 0;
  }

  #field(list: FieldList, key: string, source: object): void {
    const value = this.#read(source, key);
    if (value === undefined) return;
    let name = this.#names.get(key);
    if (name === undefined) {
      name = fieldName(this.#key(LINE_KEYS.has(key) ? `${key}_` : key), this.#redactor.isSecretKey(key));
      if (this.#names.size < MAX_KNOWN_NAMES && key.length <= MAX_KEY_CHARS) this.#names.set(key, name);
    }
    list.add(name, name.isSecret && this.#redactor.isSecret(key, value) ? this.#redactor.censor : this.#value(value));
  }

  #entries(target: Record<string, unknown>, source: object, isLeftOut: (key: string) => boolean = never): void {
    const keys = keysOf(source);
    const shown = Math.min(keys.length, MAX_ENTRIES);
    for (let index = 0; index < shown; index++) {
      const key = keys[index]!;
      if (isLeftOut(key)) continue;
      const value = this.#read(source, key);
      if (value === undefined) continue;
      target[this.#key(key)] = this.#redactor.isSecret(key, value) ? this.#redactor.censor : this.#value(value);
    }
    if (keys.length > shown) target['...'] = `${keys.length - shown} more`;
  }

  #read(source: object, key: string): unknown {
    try {
      return (source as Record<string, unknown>)[key];
    } catch (error) {
      return `[threw ${typeName(error)}]`;
    }
  }

  #value(value: unknown): unknown {
    switch (typeof value) {
      case 'string':
        return this.#redactor.text(value);
      case 'number':
        if (!Number.isFinite(value)) return null;
        return value > 999_999_999_999 && this.#redactor.isSecretNumber(value) ? this.#redactor.censor : value;
      case 'boolean':
        return value;
      case 'bigint':
        return this.#redactor.isSecretNumber(value) ? this.#redactor.censor : this.text(value.toString());
      case 'object':
        return value === null ? null : this.#guarded(value);
      case 'function':
        return `[function ${this.text(safely(() => value.name) || 'anonymous')}]`;
      case 'symbol':
        return this.text(value.toString());
      default:
        return null;
    }
  }

  #guarded(value: object): unknown {
    if (this.#path.includes(value)) return '[Circular]';
    if (this.#path.length >= MAX_DEPTH || --this.#valuesLeft < 0) return Array.isArray(value) ? '[Array]' : '[Object]';
    this.#path.push(value);
    try {
      return this.#object(value);
    } catch (error) {
      return `[threw ${typeName(error)}]`;
    } finally {
      this.#path.pop();
    }
  }

  #object(value: object): unknown {
    if (Array.isArray(value)) return this.#list(value, value.length);
    if (value instanceof Error) return this.#error(value);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
    if (value instanceof Map) return this.#map(value);
    if (value instanceof Set) return this.#list(value, value.size);
    if (ArrayBuffer.isView(value)) return `[${exceptionType(value)} of ${value.byteLength} bytes]`;
    if (value instanceof ArrayBuffer) return `[ArrayBuffer of ${value.byteLength} bytes]`;
    if (value instanceof URL || value instanceof RegExp) return this.text(String(value));
    if (isNativePromise(value) || value instanceof WeakMap || value instanceof WeakSet)
      return `[${exceptionType(value)}]`;
    if (process.getBuiltinModule('node:util').types.isBoxedPrimitive(value)) return this.#value(value.valueOf());
    const toJson = (value as { readonly toJSON?: unknown }).toJSON;
    if (typeof toJson === 'function') {
      const plain: unknown = toJson.call(value, '');
      if (plain !== value) return this.#value(plain);
    }
    const target: Record<string, unknown> = {};
    this.#entries(target, value);
    return target;
  }

  #list(values: Iterable<unknown>, length: number): unknown[] {
    const list: unknown[] = [];
    for (const value of values) {
      if (list.length >= MAX_ENTRIES || --this.#valuesLeft < 0) {
        list.push(`... ${length - list.length} more`);
        break;
      }
      list.push(this.#value(value));
    }
    return list;
  }

  #map(map: Map<unknown, unknown>): unknown {
    const source = Object.create(null) as Record<string, unknown>;
    let shown = 0;
    for (const [key, value] of map) {
      if (shown++ > MAX_ENTRIES) break;
      source[typeof key === 'string' ? key : JSON.stringify(this.#value(key))] = value;
    }
    const target: Record<string, unknown> = {};
    this.#entries(target, source);
    return target;
  }

  /** Type, message, stack and cause first, then whatever else the error carries. */
  #error(error: Error): unknown {
    const target: Record<string, unknown> = {
      type: this.text(typeName(error)),
      message: this.text(safely(() => String(error.message as unknown)) ?? ''),
    };
    const stack = safely(() => error.stack);
    if (typeof stack === 'string') target['stack'] = this.text(stack);
    const isLogged = LEVEL in error;
    this.#entries(target, error, (key) => ERROR_KEYS.has(key) || (isLogged && key === 'level'));
    const cause = safely(() => error.cause);
    if (cause !== undefined) target['cause'] = this.#value(cause);
    const errors = safely(() => (error as AggregateError).errors as unknown);
    if (Array.isArray(errors)) target['errors'] = this.#list(errors, errors.length);
    return target;
  }

  #key(key: string): string {
    if (key.length <= SHORT_KEY_CHARS) return key === '__proto__' ? '__proto' : key;
    return key.length > MAX_KEY_CHARS ? `${this.text(key.slice(0, MAX_KEY_CHARS))}...` : this.text(key);
  }
}

/** Parts of an error that are written in their own way. */
const ERROR_KEYS: ReadonlySet<string> = new Set(['type', 'message', 'stack', 'cause', 'errors']);

const never = (): boolean => false;

function isShadowed(key: string, sources: readonly object[], index: number): boolean {
  for (let earlier = 0; earlier < index; earlier++) if (Object.hasOwn(sources[earlier]!, key)) return true;
  return false;
}

/** The own keys, or one that says why there are none. */
function keysOf(source: object): string[] {
  try {
    return Object.keys(source);
  } catch (error) {
    return [`unreadable: ${describeThrown(error)}`];
  }
}

function typeName(thrown: unknown): string {
  return safely(() => String(exceptionType(thrown) as unknown)) ?? 'error';
}

function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
