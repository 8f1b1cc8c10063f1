import { AttemptContext } from './attempt-context.js';

/** Whether `process` returned a promise, of whatever make. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

/** Whether `process` returned a stream of payloads. */
export function isAsyncIterable(value: object): value is AsyncIterable<unknown> {
  return typeof (value as { [Symbol.asyncIterator]?: unknown })[Symbol.asyncIterator] === 'function';
}

/**
 * Emits what an async iterable yields, under backpressure, and returns what a generator returns at its end.
 * An attempt that ended meanwhile closes the iterable.
 */
export async function emitEach(values: AsyncIterable<unknown>, context: AttemptContext): Promise<unknown> {
  const iterator = values[Symbol.asyncIterator]();
  for (;;) {
    const step = await iterator.next();
    if (step.done === true) return step.value;
    try {
      if (AttemptContext.isOpen(context) && step.value !== undefined)
        await AttemptContext.emitPiece(context, step.value);
    } catch (error) {
      await iterator.return?.();
      throw error;
    }
    if (!AttemptContext.isOpen(context)) {
      await iterator.return?.();
      return undefined;
    }
  }
}
