/** Whether a value is a promise, of whatever make. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

/** Goes on with a value at once, or when its promise is fulfilled. */
export function andThen<T>(value: unknown, proceed: (settled: unknown) => T): T | Promise<Awaited<T>> {
  return value instanceof Promise ? (value.then(proceed) as Promise<Awaited<T>>) : proceed(value);
}
