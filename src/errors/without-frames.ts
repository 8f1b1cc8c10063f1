/**
 * Makes an error whose stack has no frames: it is the runtime's own, they would lead nowhere, and collecting them is most of what
 * an error costs where thousands are made at once.
 */
export function withoutFrames<E extends Error>(make: () => E): E {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return make();
  } finally {
    Error.stackTraceLimit = limit;
  }
}
