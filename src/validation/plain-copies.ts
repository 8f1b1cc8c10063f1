import { types } from 'node:util';
import type { Place } from './place.js';
import { isPlainArray, isPlainObject } from './value-kind.js';

/**
 * Copies of the plain data of one payload: of object literals and arrays, with all that is in them; a copy that is met again
 * is used again, so that cycles and aliases stay. Everything else is not copied: a copy of a `Map`, of a stream or of an
 * instance with private state is either another thing or none at all.
 */
export class PlainCopies {
  readonly #place: Place | undefined;
  readonly #made = new Map<object, object>();

  /** @param place - where the copying is; without one nothing is reported */
  constructor(place?: Place) {
    this.#place = place;
  }

  /** A copy of plain data, and anything else as it is. */
  of(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || types.isProxy(value)) return value;
    const isArray = isPlainArray(value);
    if (!isArray && !isPlainObject(value)) return value;
    return this.#made.get(value) ?? (isArray ? this.#array(value) : this.#object(value));
  }

  #array(value: readonly unknown[]): unknown[] {
    const dense = isDense(value);
    const copy: unknown[] = dense ? value.slice() : [];
    this.#made.set(value, copy);
    if (!dense) {
      copy.length = value.length;
      return this.#entries(value, copy);
    }
    for (let index = 0; index < copy.length; index++) {
      const element = copy[index];
      if (typeof element === 'object' && element !== null) copy[index] = this.#nested(index, element);
    }
    return copy;
  }

  #object(value: object): object {
    const prototype: unknown = Object.getPrototypeOf(value);
    const copy = prototype === Object.prototype ? {} : (Object.create(prototype as object | null) as object);
    this.#made.set(value, copy);
    return this.#entries(value, copy);
  }

  #entries<Copy extends object>(value: object, copy: Copy): Copy {
    for (const key of Reflect.ownKeys(value)) {
      if (key === 'length' && Array.isArray(value)) continue;
      const property = Reflect.getOwnPropertyDescriptor(value, key);
      if (property === undefined || this.#isForbidden(key, property)) continue;
      if ('value' in property) property.value = this.#nested(key, property.value);
      if (property.enumerable === true && 'value' in property)
        (copy as Record<PropertyKey, unknown>)[key] = property.value;
      // Hidden ones and getters are what they were.
      else Object.defineProperty(copy, key, property);
    }
    return copy;
  }

  #nested(key: PropertyKey, value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    this.#place?.keys.push(key);
    const copy = this.of(value);
    this.#place?.keys.pop();
    return copy;
  }

  #isForbidden(key: PropertyKey, { value }: PropertyDescriptor): boolean {
    if (key !== '__proto__' && !(key === 'constructor' && leadsToPrototype(value))) return false;
    if (this.#place !== undefined) forbid(this.#place, key);
    return true;
  }
}

/** A key of what came from outside through which code that merges objects would reach a prototype. */
export function forbid(place: Place, key: PropertyKey): void {
  place.keys.push(key);
  place.refuse({ forbiddenKey: 'must not be a key of a payload: it could reach a prototype' });
  place.keys.pop();
}

/** An array of these elements with all else that the given one has. */
export function withElements(given: readonly unknown[], elements: unknown[]): unknown[] {
  if (isDense(given)) return elements;
  for (const key of Reflect.ownKeys(given)) {
    if (!Object.hasOwn(elements, key))
      Object.defineProperty(elements, key, Reflect.getOwnPropertyDescriptor(given, key)!);
  }
  return elements;
}

/** Whether an array has its elements and nothing else: no holes, no properties beside them. */
function isDense(value: readonly unknown[]): boolean {
  // The indices come first, in order, then what is there beside.
  const keys = Object.keys(value);
  return (
    keys.length === value.length &&
    (keys.length === 0 || keys.at(-1) === String(value.length - 1)) &&
    Object.getOwnPropertySymbols(value).length === 0
  );
}

/** As a message of JSON would: `{ "constructor": { "prototype": … } }`. */
function leadsToPrototype(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype');
}
