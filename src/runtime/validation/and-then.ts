/** Goes on with a value at once, or when its promise is fulfilled. */
export function andThen<T>(value: unknown, follow: (value: unknown) => T): T | Promise<Awaited<T>> {
  return value instanceof Promise ? (value.then(follow) as Promise<Awaited<T>>) : follow(value);
}
