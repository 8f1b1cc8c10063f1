/** Whether a value is a promise, of whatever make: what `await` waits for. The one place that decides. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  if (typeof value !== 'object' && typeof value !== 'function') return false;
  return value !== null && typeof (value as { then?: unknown }).then === 'function';
}

/** As they were when this was loaded: a program may put another `Promise` in their place. */
const NativePromise = Promise;
// oxlint-disable-next-line typescript/unbound-method -- only compared
const nativeThen = Promise.prototype.then;

/** Whether a value is a promise of the platform that settles as such do: once, and later. One may have a `then` of its own. */
export function isNativePromise(value: unknown): value is Promise<unknown> {
  return value instanceof NativePromise && value.then === nativeThen;
}

/**
 * A promise of the platform for one of whatever make: settles once, however often that one calls back. An async function,
 * because its promise is that of the platform whatever `Promise` has become.
 */
export async function toPromise<T>(thenable: PromiseLike<T>): Promise<T> {
  return thenable;
}
