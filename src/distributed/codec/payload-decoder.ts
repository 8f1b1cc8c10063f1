import { FlowError, type Class } from '../../index.js';
import { BUILT_IN_TAGS } from './built-ins.js';
import { MAX_DEPTH, notDecodable } from './codec-error.js';
import { CLASS_MARK } from './payload-encoder.js';
import { memberOf } from './member-of.js';
import type { TypeBook } from './type-book.js';
import { isWireName } from './wire-name.js';

type Fields = Record<string, unknown>;

const MARK_CODE = 36;
const NUMBERS = ['NaN', 'Infinity', '-Infinity', '-0'];
const WHOLE_NUMBER = /^-?\d+$/;

/** Makes of what JSON said the value that was sent. Nothing but the classes of its flow comes of it, whatever the text says. */
export class PayloadDecoder {
  readonly #types: TypeBook;
  readonly #path: (string | number)[] = [];

  constructor(types: TypeBook) {
    this.#types = types;
  }

  /**
   * @param json - fresh from `JSON.parse`; it is built in
   * @throws FlowError `NOT_DECODABLE`, `UNKNOWN_TYPE`
   */
  fromJson(json: unknown): unknown {
    return this.#value(json, 0);
  }

  #value(json: unknown, depth: number): unknown {
    if (typeof json !== 'object' || json === null) return json;
    if (depth > MAX_DEPTH) throw this.#wrong(depth, `deeper than ${MAX_DEPTH} levels`);
    return Array.isArray(json) ? this.#list(json as unknown[], depth) : this.#object(json as Fields, depth);
  }

  /** In its place, as far as nothing in it is marked. */
  #object(fields: Fields, depth: number): unknown {
    for (const key in fields) {
      if (!Object.hasOwn(fields, key)) continue;
      if (key.charCodeAt(0) === MARK_CODE) return this.#marked(fields, key, depth);
      const inner = fields[key];
      if (typeof inner !== 'object' || inner === null) continue;
      this.#path[depth] = key;
      const value = this.#value(inner, depth + 1);
      if (value !== inner) fields[key] = value;
    }
    return fields;
  }

  #list(list: unknown[], depth: number): unknown[] {
    for (let index = 0; index < list.length; index++) {
      const inner = list[index];
      if (typeof inner !== 'object' || inner === null) continue;
      this.#path[depth] = index;
      list[index] = this.#value(inner, depth + 1);
    }
    return list;
  }

  /** A tag of ours, or fields whose keys began so before they were sent. */
  #marked(fields: Fields, mark: string, depth: number): unknown {
    const keys = Object.keys(fields);
    if (!isTag(mark)) return this.#unescaped(fields, keys.indexOf(mark), depth, {});
    if (keys.length > 1) throw this.#wrong(depth, 'a tag among other fields');
    return this.#tagged(mark, fields[mark], depth);
  }

  /** @param from - the first key that has not been looked at */
  #unescaped(fields: Fields, from: number, depth: number, into: Fields): Fields {
    const keys = Object.keys(fields);
    for (let index = 0; index < keys.length; index++) {
      const key = keys[index] as string;
      if (isTag(key)) throw this.#wrong(depth, 'a tag among other fields');
      const name = key.charCodeAt(0) === MARK_CODE ? key.slice(1) : key;
      const inner = fields[key];
      let value: unknown = inner;
      if (typeof inner === 'object' && index >= from) {
        this.#path[depth] = name;
        value = this.#value(inner, depth + 1);
      }
      // What is there already is above it: a setter may be.
      if (name in into)
        Object.defineProperty(into, name, { value, enumerable: true, writable: true, configurable: true });
      else into[name] = value;
    }
    return into;
  }

  #tagged(tag: string, data: unknown, depth: number): unknown {
    if (tag.startsWith(CLASS_MARK)) return this.#instance(tag.slice(CLASS_MARK.length), data, depth);
    switch (tag) {
      case '$undefined':
        return undefined;
      case '$number':
        if (!NUMBERS.includes(data as string)) throw this.#wrong(depth, 'a number that is none');
        return Number(data);
      case '$bigint':
        if (typeof data !== 'string' || !WHOLE_NUMBER.test(data)) throw this.#wrong(depth, 'a bigint that is none');
        return this.#made(depth, 'a bigint that is none', () => BigInt(data));
      case '$Object':
        return this.#unescaped(this.#fieldsOf(data, depth), 0, depth, Object.create(null) as Fields);
    }
    const builtIn = BUILT_IN_TAGS.get(tag);
    if (builtIn === undefined) throw this.#wrong(depth, 'a tag that nobody knows');
    const inner = (each: unknown, step: number): unknown => {
      this.#path[depth] = step;
      return this.#value(each, depth + 1);
    };
    return this.#made(depth, `a ${builtIn.tag.slice(1)} that is none`, () => builtIn.decode(data as never, inner));
  }

  #instance(name: string, data: unknown, depth: number): unknown {
    if (!isWireName(name)) throw this.#wrong(depth, 'an instance without a name');
    const entry = this.#types.named(name);
    if (entry === undefined) {
      throw new FlowError('UNKNOWN_TYPE', {
        message: `No class has the wire name "${name}" here`,
        metadata: { type: name, known: this.#types.names },
      });
    }
    const { decode, target } = entry;
    if (decode === undefined) return this.#fromFields(target, this.#fieldsOf(data, depth), depth);
    this.#path[depth] = name;
    const value = this.#value(data, depth + 1);
    const instance = this.#made(depth, `what \`decode\` of "${name}" cannot read`, () => decode(value as never));
    if (Object.prototype.isPrototypeOf.call(target.prototype as object, instance as object)) return instance;
    throw this.#wrong(depth, `what \`decode\` of "${name}" makes no ${target.name} of`);
  }

  /** Without its constructor: its fields are what they were, and nothing is done again. */
  #fromFields(target: Class, fields: Fields, depth: number): object {
    const prototype = target.prototype as object;
    for (const key of Object.keys(fields)) {
      if (!memberOf(prototype, key.charCodeAt(0) === MARK_CODE ? key.slice(1) : key)) continue;
      this.#path[depth] = key;
      throw this.#wrong(depth + 1, `a field in the place of a member of ${target.name}`);
    }
    return this.#unescaped(fields, 0, depth, Object.create(prototype) as Fields);
  }

  #fieldsOf(data: unknown, depth: number): Fields {
    if (typeof data === 'object' && data !== null && !Array.isArray(data)) return data as Fields;
    throw this.#wrong(depth, 'an object without fields');
  }

  /** @param what - it is where it cannot be made, or comes to nothing */
  #made(depth: number, what: string, make: () => unknown): unknown {
    let value: unknown;
    try {
      value = make();
    } catch (cause) {
      // What lies inside has been named already.
      const isOurs = FlowError.is(cause, 'NOT_DECODABLE') || FlowError.is(cause, 'UNKNOWN_TYPE');
      throw isOurs ? cause : this.#wrong(depth, what, cause);
    }
    if (value === undefined) throw this.#wrong(depth, what);
    return value;
  }

  #wrong(depth: number, what: string, cause?: unknown): FlowError {
    return notDecodable(this.#path.slice(0, depth), what, cause);
  }
}

/** Whether a key is one of our own; of others that begin as ours do, ours was put before it. */
function isTag(key: string): boolean {
  return key.charCodeAt(0) === MARK_CODE && key.charCodeAt(1) !== MARK_CODE;
}
