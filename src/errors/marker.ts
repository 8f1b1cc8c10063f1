/** A class whose instances carry a marker. */
interface MarkedClass {
  is(value: unknown): boolean;
}

/** Looks for a marker on whatever it is; a proxy that throws has none. */
export function hasMarker(value: unknown, marker: symbol): boolean {
  if (typeof value !== 'object' || value === null) return false;
  try {
    return marker in value;
  } catch {
    return false;
  }
}

/**
 * What `instanceof` answers for a marked class: it goes by the marker, so that instances of another installed copy count.
 * A subclass inherits the question and has no marker of its own; there the prototype decides, as everywhere.
 *
 * @param asked - what stands to the right of `instanceof`
 */
export function isInstance(value: unknown, asked: unknown, marked: MarkedClass): boolean {
  return asked === marked
    ? marked.is(value)
    : (Function.prototype[Symbol.hasInstance].call(asked as Function, value) as boolean);
}
