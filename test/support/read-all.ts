/** Reads a stream to its end. */
export async function readAll(
  stream: AsyncIterableIterator<unknown, unknown>,
): Promise<[pieces: unknown[], final: unknown]> {
  const pieces: unknown[] = [];
  for (;;) {
    const step = await stream.next();
    if (step.done === true) return [pieces, step.value];
    pieces.push(step.value);
  }
}
