/**
 * Whether a class has a method or an accessor of a name, itself or by what it extends: a field of that name would stand in its place.
 * `constructor` and `__proto__` are such.
 */
export function memberOf(prototype: object, name: string): boolean {
  if (!(name in prototype)) return false;
  for (let each: object | null = prototype; each !== null; each = Object.getPrototypeOf(each) as object | null) {
    const property = Object.getOwnPropertyDescriptor(each, name);
    if (property !== undefined) return !('value' in property) || typeof property.value === 'function';
  }
  return false;
}
