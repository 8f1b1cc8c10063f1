import { types } from 'node:util';
import { expect } from 'chai';

/**
 * Expects that the second value is what the first one is: the same, or, of plain data, a copy in which each property and its
 * kind, each hole, prototype, cycle and alias is as it was.
 */
export function expectSameData(before: unknown, after: unknown): void {
  const copies = new Map<object, unknown>();
  const walk = (one: unknown, other: unknown, path: string): void => {
    if (Object.is(one, other)) return;
    if (!isPlain(one) || !isPlain(other)) expect.fail(`${path} was changed`);
    if (copies.has(one)) {
      expect(copies.get(one) === other, `${path} is no longer the same as elsewhere`).to.equal(true);
      return;
    }
    copies.set(one, other);
    expect(Object.getPrototypeOf(other) === Object.getPrototypeOf(one), `prototype of ${path}`).to.equal(true);
    expect(Reflect.ownKeys(other), `keys of ${path}`).to.have.ordered.members(Reflect.ownKeys(one));
    for (const key of Reflect.ownKeys(one)) {
      const [was, is] = [propertyOf(one, key), propertyOf(other, key)];
      expect(is.enumerable).to.equal(was.enumerable);
      expect([is.get === was.get, is.set === was.set]).to.deep.equal([true, true]);
      walk(was.value, is.value, `${path}[${String(key)}]`);
    }
  };
  walk(before, after, 'payload');
}

function propertyOf(owner: object, key: PropertyKey): PropertyDescriptor {
  return Object.getOwnPropertyDescriptor(owner, key) as PropertyDescriptor;
}

/** Plain data, looked at without running any code of it. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || types.isProxy(value)) return false;
  const prototype = Object.getPrototypeOf(value) as object | null;
  return (
    prototype === null ||
    Array.isArray(prototype) ||
    (Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf'))
  );
}
