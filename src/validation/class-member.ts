/** What a property is that an instance has before a payload is put into it. */
export type MemberKind = 'field' | 'getter' | 'method';

/**
 * Whether a payload may set a property of an instance. A getter without a setter works out its value itself; a method stays
 * the method, also one that is kept in a field, unless a function is given for that.
 */
export function memberOf(instance: object, property: PropertyKey, given: unknown): MemberKind {
  for (let owner: object | null = instance; owner !== null; owner = Object.getPrototypeOf(owner) as object | null) {
    const member = Reflect.getOwnPropertyDescriptor(owner, property);
    if (member === undefined) continue;
    if (!('value' in member)) return member.set === undefined ? 'getter' : 'field';
    if (typeof member.value !== 'function') return 'field';
    return owner === instance && typeof given === 'function' ? 'field' : 'method';
  }
  return 'field';
}
