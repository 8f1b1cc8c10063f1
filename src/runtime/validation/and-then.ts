/** Goes on with a value at once, or when its promise is fulfilled. */
export function andThen<T>(value: unknown, next: (value: unknown) => T): T | Promise<Awaited<T>> {
  return value instanceof Promise ? (value.then(next) as Promise<Awaited<T>>) : next(value);
}
