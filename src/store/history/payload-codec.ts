/** Payloads as bytes: JSON in which what JSON does not know is tagged. */

/** A class by the name under which its instances are kept. */
export type ClassesByName = ReadonlyMap<string, abstract new (...args: never) => unknown>;

/** Why a payload cannot be kept, or read. */
export class NotEncodable extends Error {}

/** It is more than may be kept. */
export class TooLarge extends NotEncodable {}

const TAG = '$';
const MAX_DEPTH = 200;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Writes a value down. Plain objects whose keys begin with `$` are escaped, so that what came as JSON never becomes anything else.
 *
 * @param maxBytes - more is refused
 * @throws NotEncodable
 */
export function encodePayload(value: unknown, maxBytes: number): Uint8Array {
  const text = JSON.stringify(new Encoder(maxBytes).toJson(value, [], '$'));
  const bytes = encoder.encode(text);
  if (bytes.length > maxBytes) throw new TooLarge(`it has more than the ${maxBytes} bytes that are allowed`);
  return bytes;
}

/**
 * Makes of bytes what they were made of; an instance of a class that is not known becomes a plain object.
 *
 * @throws NotEncodable, and what `JSON.parse` throws, for bytes that `encodePayload` did not write
 */
export function decodePayload(bytes: Uint8Array, classes: ClassesByName): unknown {
  return fromJson(JSON.parse(decoder.decode(bytes)) as Json, classes);
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

function tagged(kind: string, value: Json): Json {
  return { [TAG]: kind, v: value };
}

/** Makes JSON of a value, and stops where it becomes too large: nobody is to wait for what is not kept. */
class Encoder {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  toJson(value: unknown, above: readonly object[], path: string): Json {
    this.#spend(typeof value === 'string' ? value.length + 2 : 1);
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        return Number.isFinite(value) && !Object.is(value, -0)
          ? value
          : tagged('number', Object.is(value, -0) ? '-0' : String(value));
      case 'bigint':
        return tagged('bigint', String(value));
      case 'undefined':
        return tagged('undefined', null);
      case 'object':
        return value === null ? null : this.#objectToJson(value, above, path);
      default:
        throw new NotEncodable(`${path} is a ${typeof value}`);
    }
  }

  #objectToJson(value: object, above: readonly object[], path: string): Json {
    if (above.includes(value)) throw new NotEncodable(`${path} leads back to itself`);
    if (above.length >= MAX_DEPTH) throw new NotEncodable(`${path} is deeper than ${MAX_DEPTH}`);
    const inside = [...above, value];
    const item = (each: unknown, key: string | number): Json => this.toJson(each, inside, `${path}.${key}`);
    if (Array.isArray(value)) return Array.from(value, item);
    if (value instanceof Date) return tagged('Date', Number.isNaN(value.getTime()) ? null : value.getTime());
    if (value instanceof Map)
      return tagged(
        'Map',
        [...value].map(([key, each], at) => [item(key, at), item(each, at)]),
      );
    if (value instanceof Set) return tagged('Set', [...value].map(item));
    if (ArrayBuffer.isView(value)) this.#spend(value.byteLength);
    if (value instanceof URL) return tagged('URL', value.href);
    if (value instanceof RegExp) return tagged('RegExp', [value.source, value.flags]);
    if (Buffer.isBuffer(value)) return tagged('Buffer', value.toString('base64'));
    if (value instanceof Uint8Array) return tagged('Uint8Array', Buffer.from(value).toString('base64'));
    if (value instanceof Error)
      return tagged(
        'Error',
        this.#fieldsToJson(Object.assign({}, value, { name: value.name, message: value.message }), item),
      );
    const proto = Object.getPrototypeOf(value) as { constructor?: { name?: unknown } } | null;
    if (proto === null || proto === Object.prototype) return this.#fieldsToJson(value, item);
    const name = proto.constructor?.name;
    if (isOfPlatform(value))
      throw new NotEncodable(`${path} is a ${Object.prototype.toString.call(value).slice(8, -1)}`);
    if (typeof name !== 'string' || name === '') throw new NotEncodable(`${path} is of a class without a name`);
    return { [TAG]: 'class', name, v: this.#fieldsToJson(value, item) };
  }

  #fieldsToJson(value: object, item: (each: unknown, key: string) => Json): Json {
    const fields: Record<string, Json> = {};
    for (const [key, each] of Object.entries(value)) {
      this.#spend(key.length + 3);
      // Not assigned: `__proto__` is a key like any other.
      Object.defineProperty(fields, key.startsWith(TAG) ? `${TAG}${key}` : key, {
        value: item(each, key),
        enumerable: true,
      });
    }
    return fields;
  }

  /** @param bytes - that there will be at least */
  #spend(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes > this.#maxBytes)
      throw new TooLarge(`it has more than the ${this.#maxBytes} bytes that are allowed`);
  }
}

/** Whether it has what no field shows: a promise, a stream, a weak map. */
function isOfPlatform(value: object): boolean {
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  return kind !== 'Object' || typeof (value as { pipe?: unknown }).pipe === 'function';
}

function fromJson(json: Json, classes: ClassesByName): unknown {
  if (typeof json !== 'object' || json === null) return json;
  if (Array.isArray(json)) return json.map((each) => fromJson(each, classes));
  const kind = Object.hasOwn(json, TAG) ? json[TAG] : undefined;
  return kind === undefined ? fieldsFrom(json, classes, {}) : untagged(kind as string, json, classes);
}

function untagged(kind: string, json: { [key: string]: Json }, classes: ClassesByName): unknown {
  const { v } = json;
  switch (kind) {
    case 'number':
      return Number(v);
    case 'bigint':
      return BigInt(v as string);
    case 'undefined':
      return undefined;
    case 'Date':
      return new Date((v ?? Number.NaN) as number);
    case 'Map':
      return new Map((v as Json[]).map((each) => fromJson(each, classes) as [unknown, unknown]));
    case 'Set':
      return new Set((v as Json[]).map((each) => fromJson(each, classes)));
    case 'URL':
      return new URL(v as string);
    case 'RegExp':
      return new RegExp(...(v as [string, string]));
    case 'Buffer':
      return Buffer.from(v as string, 'base64');
    case 'Uint8Array':
      return new Uint8Array(Buffer.from(v as string, 'base64'));
    case 'Error':
      return errorFrom(v as { [key: string]: Json }, classes);
    case 'class': {
      const known = classes.get(json['name'] as string);
      return fieldsFrom(
        v as { [key: string]: Json },
        classes,
        known === undefined ? {} : (Object.create(known.prototype as object) as object),
      );
    }
    default:
      throw new NotEncodable(`there is no kind ${JSON.stringify(kind)} of value`);
  }
}

function errorFrom(json: { [key: string]: Json }, classes: ClassesByName): Error {
  const { name, message, ...rest } = fieldsFrom(json, classes, {}) as { name: string; message: string };
  return Object.assign(new Error(message), rest, { name });
}

function fieldsFrom(json: { [key: string]: Json }, classes: ClassesByName, into: object): object {
  for (const [key, each] of Object.entries(json)) {
    Object.defineProperty(into, key.startsWith(TAG) ? key.slice(1) : key, {
      value: fromJson(each, classes),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return into;
}
