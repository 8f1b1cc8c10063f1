/** Goes on with a value at once, or when its promise is fulfilled. */
export function andThen<T>(value: unknown, proceed: (settled: unknown) => T): T | Promise<Awaited<T>> {
  return value instanceof Promise ? (value.then(proceed) as Promise<Awaited<T>>) : proceed(value);
}
