/** Whether a value is a promise, of whatever make. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

// oxlint-disable-next-line typescript/unbound-method -- only compared
const nativeThen = Promise.prototype.then;

/** Whether a value is a promise of the platform that settles as such do: once, and later. One may have a `then` of its own. */
export function isNativePromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise && value.then === nativeThen;
}

/** A promise of the platform for one of whatever make: settles once, however often that one calls back. */
export function toPromise<T>(thenable: PromiseLike<T>): Promise<T> {
  return new Promise((resolve) => {
    resolve(thenable);
  });
}

/** Goes on with a value at once, or when its promise is fulfilled. */
export function andThen<T>(value: unknown, proceed: (settled: unknown) => T): T | Promise<Awaited<T>> {
  return value instanceof Promise ? (value.then(proceed) as Promise<Awaited<T>>) : proceed(value);
}
