import { runInNewContext } from 'node:vm';

const HIDDEN = Symbol('hidden');

function cyclic(): object {
  const value: Record<string, unknown> = { name: 'a' };
  value['self'] = value;
  value['list'] = [value, { up: value }];
  return value;
}

function cyclicArray(): unknown[] {
  const list: unknown[] = [1];
  list.push(list);
  return list;
}

function aliased(): object {
  const shared = { a: 1 };
  return { one: shared, other: shared, list: [shared, [shared]] };
}

/** Plain data of every sort: it may be copied, and a copy is equal in all there is in it. */
export const PLAIN_KINDS: Readonly<Record<string, () => unknown>> = {
  'an empty object': () => ({}),
  'an object without a prototype': () => Object.assign(Object.create(null) as object, { a: { b: 1 } }),
  'an object with symbol keys': () => ({ a: 1, [Symbol.for('s')]: { [Symbol.for('t')]: [1] } }),
  'an object with a getter': () => ({
    first: 'a',
    get text(): unknown {
      return this;
    },
  }),
  'an object with a getter that throws': () => ({
    get text(): string {
      throw new Error('not now');
    },
  }),
  'an object with a hidden property': () => Object.defineProperty({ a: 1 }, HIDDEN, { value: { b: 1 } }),
  'an object with a property that is read only': () => Object.defineProperty({}, 'a', { value: [1], writable: false }),
  'a frozen object': () => Object.freeze({ a: Object.freeze([{ b: 1 }]) }),
  'a sealed object': () => Object.seal({ a: 1 }),
  'keys like names of methods': () => ({ toString: 1, valueOf: 'x', hasOwnProperty: null, size: 3, length: 4, map: 5 }),
  'keys like those of a promise': () => ({ then: 'later', catch: 1, finally: [] }),
  'a key "constructor"': () => ({ constructor: 'Ferrari', prototype: { a: 1 } }),
  'odd keys': () => ({ '': 1, ' ': 2, '0': 3, '-1': 4, 'a.b': 5, '\uD800': 6 }),
  'values that are undefined': () => ({ a: undefined, b: [undefined, null] }),
  'an array': () => [1, 'a', null, undefined, [2, { a: [] }]],
  'an empty array': () => [],
  // eslint-disable-next-line no-sparse-arrays -- holes are the point
  'an array with holes': () => [, 1, , { a: 1 }, ,],
  'an array that is mostly hole': () => Object.assign(new Array(4_000_000_000), { 7: { a: 1 } }),
  'an array with properties': () => Object.assign([{ a: 1 }], { note: { b: 1 }, [Symbol.for('s')]: 2 }),
  'a match of a pattern': () => /(?<a>b)/.exec('ab'),
  'a frozen array': () => Object.freeze([{ a: 1 }]),
  'an object that contains itself': cyclic,
  'an array that contains itself': cyclicArray,
  'an object that has another twice': aliased,
  'an object of another realm': () => runInNewContext('({ a: [1, { b: 2 }] })') as unknown,
  'an array of another realm': () => runInNewContext('[1, { a: 2 }]') as unknown,
  'a tree of 500 levels': () => {
    let tree: unknown = 'leaf';
    for (let level = 0; level < 500; level++) tree = level % 2 === 0 ? [tree] : { tree };
    return tree;
  },
};
