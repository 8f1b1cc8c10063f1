import { isPlainObject } from './value-kind.js';

/**
 * A copy of a plain object in which nested plain objects and arrays are copies too. class-transformer deletes
 * discriminators from what it reads, and other nodes and later attempts read the same payload.
 * Keys that could reach a prototype are left out.
 */
export function plainCopy(value: Record<PropertyKey, unknown>): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    if (key !== '__proto__' && key !== 'constructor') copy[key] = copyNested(value[key]);
  }
  return copy;
}

function copyNested(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyNested);
  return isPlainObject(value) ? plainCopy(value) : value;
}
