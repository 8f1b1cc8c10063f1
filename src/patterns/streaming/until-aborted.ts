/**
 * The values of an iterator until a signal aborts; then it throws the signal's reason, although a value may be on its way.
 * The iterator is told whenever it is left before its end, and not waited for: one that hangs must not hold up the attempt.
 */
export async function* untilAborted<T>(
  iterator: AsyncIterator<T> | Iterator<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  let interrupt: (reason: unknown) => void = () => {};
  const onAbort = (): void => interrupt(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  // One that ended or failed by itself is closed already.
  let mustClose = false;
  try {
    for (;;) {
      mustClose = true;
      const step = await new Promise<IteratorResult<T>>((resolve, reject) => {
        interrupt = reject;
        if (signal.aborted) onAbort();
        else
          nextOf(iterator).then(resolve, (error: unknown) => {
            mustClose = false;
            reject(error as Error);
          });
      });
      if (step.done === true) {
        mustClose = false;
        return;
      }
      yield step.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    if (mustClose) void close(iterator);
  }
}

async function nextOf<T>(iterator: AsyncIterator<T> | Iterator<T>): Promise<IteratorResult<T>> {
  return iterator.next();
}

async function close(iterator: AsyncIterator<unknown> | Iterator<unknown>): Promise<void> {
  try {
    await iterator.return?.();
  } catch {
    // How a source closes that nobody reads any more changes nothing.
  }
}
