import { AttemptContext } from './attempt-context.js';

/** Whether `process` returned a promise, of whatever make. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

/** Whether `process` returned a stream of payloads. */
export function isAsyncIterable(value: object): value is AsyncIterable<unknown> {
  return typeof (value as { [Symbol.asyncIterator]?: unknown })[Symbol.asyncIterator] === 'function';
}

/** Emits what an async iterable yields, under backpressure; leaving the loop closes the iterable. */
export async function emitEach(values: AsyncIterable<unknown>, context: AttemptContext): Promise<void> {
  for await (const value of values) {
    if (!AttemptContext.isOpen(context)) return;
    if (value !== undefined) await AttemptContext.forward(context, value);
  }
}
