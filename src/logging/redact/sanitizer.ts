import { describeThrown, exceptionType } from '../../errors/flow-error.js';
import type { CleanFields } from '../log-record.js';
import type { Redactor } from './redactor.js';

/** Deepest level of an object that is shown. */
const MAX_DEPTH = 12;
/** Most entries of one object or list that are shown. */
const MAX_ENTRIES = 500;
/** Most values of one line that are shown; bounds the time a line can take, whatever it is given. */
const MAX_VALUES = 10_000;
const MAX_KEY_CHARS = 200;
/** Set by winston on an error that is logged by itself, together with `level`. */
const LEVEL = Symbol.for('level');
/** Longest key that goes without a look for secrets in it. */
const SHORT_KEY_CHARS = 12;

/**
 * Turns any value into plain JSON values without secrets. Never throws, whatever the value is: cycles, getters and
 * proxies that throw, values that JSON does not know.
 */
export class Sanitizer {
  readonly #redactor: Redactor;
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
    this.#valuesLeft = MAX_VALUES;
    this.#path.length = 0;
    return this.#value(value);
  }

  /** Copies the fields of a line into `target`; `rename` gives the key to use, or undefined to leave a field out. */
  into(target: CleanFields, fields: object, rename: (key: string) => string | undefined): void {
    this.#valuesLeft = MAX_VALUES;
    this.#path.length = 0;
    this.#entries(target, fields, rename);
  }

  #entries(target: CleanFields, source: object, rename: (key: string) => string | undefined): void {
    let keys: string[];
    try {
      keys = Object.keys(source);
    } catch (error) {
      target['unreadable'] = this.text(describeThrown(error));
      return;
    }
    const shown = keys.length > MAX_ENTRIES ? MAX_ENTRIES : keys.length;
    for (let index = 0; index < shown; index++) {
      const key = keys[index]!;
      const name = rename(key);
      if (name !== undefined) this.#entry(target, name, key, source);
    }
    if (keys.length > shown) target['...'] = `${keys.length - shown} more`;
  }

  #entry(target: CleanFields, name: string, key: string, source: object): void {
    let value: unknown;
    try {
      value = (source as Record<string, unknown>)[key];
    } catch (error) {
      value = `[threw ${exceptionTypeOf(error)}]`;
    }
    if (value === undefined) return;
    target[this.#key(name)] = this.#redactor.isSecret(key, value) ? this.#redactor.censor : this.#value(value);
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
      return `[threw ${exceptionTypeOf(error)}]`;
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
    if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet) return `[${exceptionType(value)}]`;
    if (value instanceof String || value instanceof Number || value instanceof Boolean) return this.#value(value.valueOf());
    const toJson = (value as { readonly toJSON?: unknown }).toJSON;
    if (typeof toJson === 'function') {
      const plain: unknown = toJson.call(value, '');
      if (plain !== value) return this.#value(plain);
    }
    const target: CleanFields = {};
    this.#entries(target, value, same);
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

  #map(map: Map<unknown, unknown>): CleanFields {
    const source: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
    let shown = 0;
    for (const [key, value] of map) {
      if (shown++ > MAX_ENTRIES) break;
      source[typeof key === 'string' ? key : JSON.stringify(this.#value(key))] = value;
    }
    const target: CleanFields = {};
    this.#entries(target, source, same);
    return target;
  }

  /** Type, message, stack and cause first, then whatever else the error carries. */
  #error(error: Error): CleanFields {
    const fields: CleanFields = {
      type: this.text(exceptionTypeOf(error)),
      message: this.text(safely(() => String(error.message)) ?? ''),
    };
    const stack = safely(() => error.stack);
    if (typeof stack === 'string') fields['stack'] = this.text(stack);
    this.#entries(fields, error, LEVEL in error ? (key) => (key === 'level' ? undefined : ownErrorKey(key)) : ownErrorKey);
    const cause = safely(() => error.cause);
    if (cause !== undefined) fields['cause'] = this.#value(cause);
    const errors = safely(() => (error as AggregateError).errors as unknown);
    if (Array.isArray(errors)) fields['errors'] = this.#list(errors, errors.length);
    return fields;
  }

  #key(key: string): string {
    if (key.length <= SHORT_KEY_CHARS) return key;
    const clean = key.length > MAX_KEY_CHARS ? `${this.text(key.slice(0, MAX_KEY_CHARS))}...` : this.text(key);
    return clean === '__proto__' ? '__proto' : clean;
  }
}

const same = (key: string): string => (key === '__proto__' ? '__proto' : key);

const ownErrorKey = (key: string): string | undefined =>
  key === 'stack' || key === 'message' || key === 'cause' || key === 'errors' || key === 'type' ? undefined : same(key);

function exceptionTypeOf(thrown: unknown): string {
  return safely(() => String(exceptionType(thrown))) ?? 'error';
}

function safely<T>(read: () => T): T {
  try {
    return read();
  } catch {
    return undefined as T;
  }
}
