/** A comment; readers of event streams ignore it. */
const HEARTBEAT = ':\n\n';

/**
 * Puts a comment into a stream of events whenever it is silent for `everyS` seconds, so that proxies keep the connection. Takes the
 * next event only when it is asked for one.
 */
export async function* withHeartbeat(events: AsyncGenerator<string>, everyS: number): AsyncGenerator<string> {
  let next: Promise<IteratorResult<string, unknown>> | undefined;
  try {
    for (;;) {
      next ??= events.next();
      const step = await within(next, everyS);
      if (step === undefined) {
        yield HEARTBEAT;
        continue;
      }
      if (step.done === true) return;
      next = undefined;
      yield step.value;
    }
  } finally {
    await events.return(undefined);
  }
}

/** What a promise gives, or undefined when it takes longer. */
async function within<T>(promise: Promise<T>, limitS: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, limitS * 1000, undefined);
    timer.unref();
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
