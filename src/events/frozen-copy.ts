type Fields = Readonly<Record<string, unknown>>;

/**
 * A frozen copy in which nested plain objects and lists are such copies too, so that no listener changes what the next one sees. What
 * has a class of its own stays what it is.
 */
export function frozenCopy(fields: Fields): Fields {
  const copy: Record<string, unknown> = { ...fields };
  for (const key in copy) {
    const value = copy[key];
    if (typeof value === 'object' && value !== null) copy[key] = copyOf(value);
  }
  return Object.freeze(copy);
}

/** Reading it may run code of the user's, which fails: then it stays what it is. */
function copyOf(value: object): unknown {
  try {
    return nested(value, new Map());
  } catch {
    return value;
  }
}

/** @param copies - of what was met before: a value may hold itself */
function nested(value: unknown, copies: Map<object, unknown>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const known = copies.get(value);
  if (known !== undefined) return known;
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    copies.set(value, list);
    for (const item of value) list.push(nested(item, copies));
    return Object.freeze(list);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const copy: Record<string, unknown> = { ...value };
  copies.set(value, copy);
  for (const key of Object.keys(copy)) copy[key] = nested(copy[key], copies);
  return Object.freeze(copy);
}
