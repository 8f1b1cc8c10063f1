/** What sort of value it is, for messages that must not show the value: `a string`, `an array`, `an instance of Basket`. */
export function valueKind(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value !== 'object') return `a ${typeof value}`;
  try {
    return objectKind(value);
  } catch {
    // A proxy that throws, or one that was revoked.
    return 'an object';
  }
}

function objectKind(value: object): string {
  if (Array.isArray(value)) return 'an array';
  if (isPlainObject(value)) return 'a plain object';
  // Of the prototype: an own property `constructor` could be anything, the payload's secrets included.
  const { constructor } = Object.getPrototypeOf(value) as { readonly constructor?: unknown };
  return typeof constructor === 'function' && typeof constructor.name === 'string' && constructor.name !== ''
    ? `an instance of ${constructor.name}`
    : 'an object';
}

/** Whether a value is an object literal, or what a parser makes of JSON, also if it comes from another realm. */
export function isPlainObject(value: unknown): value is Record<PropertyKey, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    prototype === null ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf'))
  );
}

/** Whether a value is an array and of no class derived from it, also if it comes from another realm. */
export function isPlainArray(value: unknown): value is unknown[] {
  // The prototype of arrays is an array itself, in every realm.
  return Array.isArray(value) && Array.isArray(Object.getPrototypeOf(value));
}

/** What is wrong with a collection of a class of its own in which something would have to become something else. */
export function notMadeAnew(collection: object): string {
  const { constructor } = Object.getPrototypeOf(collection) as { readonly constructor: { readonly name: string } };
  return `cannot be made anew with instances: ${constructor.name} is a class of its own`;
}

/** The class name of what was thrown; its message may quote the payload. */
export function thrownKind(thrown: unknown): string {
  try {
    const name: unknown = thrown instanceof Error ? thrown.name : typeof thrown;
    return typeof name === 'string' ? name : 'Error';
  } catch {
    // A getter or a proxy that throws.
    return typeof thrown;
  }
}
