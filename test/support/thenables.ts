import { runInNewContext } from 'node:vm';

/** What a promise is fulfilled with, by the kind of the promise. */
type Fulfilled = (value: unknown) => unknown;

class Derived<T> extends Promise<T> {}

class Query {
  readonly #value: unknown;
  constructor(value: unknown) {
    this.#value = value;
  }
  then(resolve: (value: unknown) => void): void {
    setImmediate(resolve, this.#value);
  }
}

/** Promises of every make that are fulfilled with a value, by name. */
export const FULFILLED: Readonly<Record<string, Fulfilled>> = {
  'a promise': async (value) => value,
  'a promise of another realm': runInNewContext('(value) => Promise.resolve(value)') as Fulfilled,
  'a promise of a derived class': (value) => Derived.resolve(value),
  'a thenable that calls back at once': (value) => ({ then: (resolve: Fulfilled) => resolve(value) }),
  'a thenable that calls back later, and returns nothing': (value) => new Query(value),
  'a function with a `then`': (value) => Object.assign(() => value, { then: (resolve: Fulfilled) => resolve(value) }),
  'a thenable that calls back twice, with nothing the second time': (value) => ({
    then: (resolve: Fulfilled) => {
      resolve(value);
      resolve(undefined);
    },
  }),
  'a thenable that calls back and then throws': (value) => ({
    then: (resolve: Fulfilled) => {
      resolve(value);
      throw new Error('too late');
    },
  }),
  'a proxy of a promise': (value) =>
    new Proxy(Promise.resolve(value), {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key);
        return typeof member === 'function' ? (member.bind(target) as unknown) : member;
      },
    }),
  'a thenable of a thenable': (value) => ({
    then: (resolve: Fulfilled) => resolve({ then: (again: Fulfilled) => again(value) }),
  }),
};

/** Runs with another `Promise` in place of the platform's, of which no promise of an async function is an instance. */
export async function withPatchedPromise<T>(run: () => Promise<T>): Promise<T> {
  const before = globalThis.Promise;
  globalThis.Promise = class Patched<Value> extends before<Value> {} as typeof Promise;
  try {
    return await run();
  } finally {
    globalThis.Promise = before;
  }
}
