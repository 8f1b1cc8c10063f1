import { FlowError } from '../../index.js';
import { BUILT_INS } from './built-ins.js';
import { MAX_DEPTH, notEncodable, tooLarge, type Refusal } from './codec-error.js';
import { memberOf } from './member-of.js';
import type { TypeBook, WireEntry } from './type-book.js';

/** What a key of ours begins with; keys of others that do get another one before it. */
const MARK = '$';
/** What stands before the wire name of a class. */
export const CLASS_MARK = '$:';
const MARK_CODE = 36;

type Fields = Record<string, unknown>;

/**
 * Makes of one value what JSON can say. What JSON says as it is stays the very same object, so that a payload of plain data costs one
 * walk.
 */
export class PayloadEncoder {
  readonly #types: TypeBook;
  readonly #maxBytes: number;
  readonly #what: string;
  /** Bytes that the text will have at least: what is shared is written as often as it is met, which may be very often. */
  #size = 0;
  /** Where the walk is: the step out of each object, and the objects. What lies deeper is of before. */
  readonly #path: (string | number)[] = [];
  readonly #above: object[] = [];

  /** @param what - is encoded, for messages: `A payload` */
  constructor(types: TypeBook, maxBytes: number, what: string) {
    this.#types = types;
    this.#maxBytes = maxBytes;
    this.#what = what;
  }

  /** @throws FlowError `NOT_ENCODABLE`, `MESSAGE_TOO_LARGE` */
  toJson(value: unknown): unknown {
    return this.#value(value, 0);
  }

  #value(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case 'string':
        this.#size += value.length;
        return value;
      case 'number':
        return isPlainNumber(value) ? value : { $number: Object.is(value, -0) ? '-0' : String(value) };
      case 'boolean':
        return value;
      case 'undefined':
        return { $undefined: null };
      case 'bigint':
        return this.#bigint(value);
      case 'object':
        return value === null ? null : this.#object(value, depth);
      case 'function':
        throw this.#refused(depth, {
          what: 'a function',
          kind: 'function',
          hint: 'Send data, and leave functions out.',
        });
      case 'symbol':
        throw this.#refused(depth, { what: 'a symbol', kind: 'symbol', hint: 'Send a text instead.' });
    }
  }

  #object(value: object, depth: number): unknown {
    if (depth >= MAX_DEPTH) throw this.#tooDeep(value, depth);
    if (++this.#size > this.#maxBytes) throw tooLarge(this.#maxBytes, this.#what);
    this.#above[depth] = value;
    const prototype = Object.getPrototypeOf(value) as object | null;
    if (prototype === Object.prototype) return this.#fields(value as Fields, depth);
    if (prototype === null) return { $Object: this.#fields(value as Fields, depth) };
    if (Array.isArray(value) && (prototype === Array.prototype || isForeign(prototype, 'Array')))
      return this.#list(value as unknown[], depth);
    return this.#instance(value, prototype, depth);
  }

  /** Plain fields: themselves, or a copy where a key or a value crosses as something else. */
  #fields(fields: Fields, depth: number): Fields {
    let copy: Fields | undefined;
    for (const key of Object.keys(fields)) {
      const given = fields[key];
      this.#size += key.length;
      let json: unknown = given;
      if (typeof given === 'string') this.#size += given.length;
      else if (!isPlain(given)) {
        this.#path[depth] = key;
        json = this.#value(given, depth + 1);
      }
      const isMarked = key.charCodeAt(0) === MARK_CODE;
      if (copy === undefined && (json !== given || isMarked)) copy = copyUntil(key, fields);
      if (copy !== undefined) define(copy, isMarked ? `${MARK}${key}` : key, json);
    }
    return copy ?? fields;
  }

  #list(list: unknown[], depth: number): unknown[] {
    // What it has at least, with its commas.
    this.#size += list.length;
    if (this.#size > this.#maxBytes) throw tooLarge(this.#maxBytes, this.#what);
    let copy: unknown[] | undefined;
    // A hole is walked over as what it reads as.
    for (let index = 0; index < list.length; index++) {
      const given = list[index];
      let json: unknown = given;
      if (!isPlain(given)) {
        this.#path[depth] = index;
        json = this.#value(given, depth + 1);
      }
      if (copy === undefined && json !== given) copy = list.slice(0, index);
      copy?.push(json);
    }
    return copy ?? list;
  }

  #instance(value: object, prototype: object, depth: number): unknown {
    const builtIn = BUILT_INS.get(prototype);
    if (builtIn !== undefined) {
      this.#size += ArrayBuffer.isView(value) ? value.byteLength : 0;
      if (this.#size > this.#maxBytes) throw tooLarge(this.#maxBytes, this.#what);
      const inner = (each: unknown, step: number): unknown => this.#inner(each, step, depth);
      return { [builtIn.tag]: builtIn.encode(value as never, inner) };
    }
    const entry = this.#types.entryOf(value, prototype);
    if (entry !== undefined) {
      const data =
        entry.encode === undefined ? this.#ownFields(value, prototype, depth) : this.#made(entry, value, depth);
      return { [`${CLASS_MARK}${entry.name}`]: data };
    }
    if (isForeign(prototype, 'Object')) return this.#fields(value as Fields, depth);
    throw this.#noName(value, depth);
  }

  #inner(value: unknown, step: number, depth: number): unknown {
    this.#path[depth] = step;
    this.#size++;
    return this.#value(value, depth + 1);
  }

  /** What stands for an instance of a class that has its own way. */
  #made(entry: WireEntry, value: object, depth: number): unknown {
    let data: unknown;
    try {
      data = entry.encode?.(value as never);
    } catch (cause) {
      const what = `an instance of ${entry.target.name} whose \`encode\` threw`;
      throw this.#refused(depth, { what, kind: 'encode', className: entry.target.name, hint: 'Read `cause`.', cause });
    }
    this.#path[depth] = entry.name;
    return this.#value(data, depth + 1);
  }

  /** The fields of an instance, which are all there is of it on the other side. */
  #ownFields(value: object, prototype: object, depth: number): Fields {
    const fields: Fields = {};
    for (const key of Reflect.ownKeys(value)) {
      const property = Object.getOwnPropertyDescriptor(value, key);
      if (property?.enumerable !== true) continue;
      if (typeof key === 'symbol') throw this.#misfit(value, depth, 'a field under a symbol', 'symbol-key');
      this.#path[depth] = key;
      if (!('value' in property)) throw this.#misfit(value, depth + 1, 'a field with a getter or setter', 'accessor');
      if (memberOf(prototype, key)) throw this.#misfit(value, depth + 1, 'a field in the place of a method', 'member');
      this.#size += key.length;
      const json = this.#value(property.value, depth + 1);
      define(fields, key.charCodeAt(0) === MARK_CODE ? `${MARK}${key}` : key, json);
    }
    return fields;
  }

  #bigint(value: bigint): unknown {
    const text = String(value);
    this.#size += text.length;
    return { $bigint: text };
  }

  /** @param what - of its class stands in the way */
  #misfit(value: object, depth: number, what: string, kind: string): FlowError {
    const className = classNameOf(value);
    const hint = `Give \`wire(${className}, { encode, decode })\` in \`types\`, or make it a field like others.`;
    return this.#refused(depth, { what: `${what} of ${className}`, kind, className, hint });
  }

  #noName(value: object, depth: number): FlowError {
    const className = classNameOf(value);
    const hint =
      value instanceof Error
        ? 'Send what the receiver needs of it, as `{ name, message }`, or give a `wire(…)` of its class in `types`.'
        : `Name it in \`types\` of @Distributed, as in \`types: { name: ${className} }\`, or send plain data.`;
    const what = `an instance of ${className}, a class without a wire name`;
    return this.#refused(depth, { what, kind: 'class', className, hint });
  }

  #tooDeep(value: object, depth: number): FlowError {
    const hint = 'Send a flat list, and ids in the place of what lies inside.';
    // Looked for only where it has gone wrong: a cycle is deep.
    const way = [...this.#above.slice(0, depth), value];
    const back = way.findIndex((each, index) => way.indexOf(each) < index);
    if (back === -1) return this.#refused(depth, { what: `deeper than ${MAX_DEPTH} levels`, kind: 'depth', hint });
    return this.#refused(back, { what: 'an object that it lies in itself', kind: 'cycle', hint });
  }

  #refused(depth: number, refusal: Refusal): FlowError {
    return notEncodable(this.#path.slice(0, depth), refusal);
  }
}

/** Whether JSON says it as it is, and it takes no more than a few bytes: most values. */
function isPlain(value: unknown): boolean {
  return typeof value === 'number' ? isPlainNumber(value) : typeof value === 'boolean' || value === null;
}

function isPlainNumber(value: number): boolean {
  return Number.isFinite(value) && (value !== 0 || 1 / value > 0);
}

/** Whether a prototype is `Object.prototype` or `Array.prototype` of another realm, as a test runner has one for its files. */
function isForeign(prototype: object, name: 'Object' | 'Array'): boolean {
  const above = Object.getPrototypeOf(prototype) as object | null;
  const isRoot = above === null || (name === 'Array' && Object.getPrototypeOf(above) === null);
  return isRoot && Object.hasOwn(prototype, 'constructor') && classNameOf(Object.create(prototype) as object) === name;
}

/** Of the class, never of a `constructor` that the value has itself. */
function classNameOf(value: object): string {
  const prototype = Object.getPrototypeOf(value) as { readonly constructor?: { readonly name?: unknown } } | null;
  const name = prototype?.constructor?.name;
  return typeof name === 'string' && name !== '' ? name.slice(0, 64) : 'a class without a name';
}

/** The fields before one, as they are. */
function copyUntil(end: string, fields: Fields): Fields {
  const copy: Fields = {};
  for (const key of Object.keys(fields)) {
    if (key === end) break;
    define(copy, key, fields[key]);
  }
  return copy;
}

/** Not assigned: `__proto__` is a key like any other. */
function define(fields: Fields, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(fields, key, { value, enumerable: true, configurable: true });
  else fields[key] = value;
}
