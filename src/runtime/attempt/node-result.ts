import { FlowError } from '../../errors/flow-error.js';
import { describeValue } from '../../errors/option-error.js';
import { withoutFrames } from '../../errors/without-frames.js';
import { Message } from '../../message/message.js';
import { AttemptContext } from './attempt-context.js';
import { messageParcel } from './message-parcel.js';
import { controllerStep } from '../routing/controller-step.js';
import type { Outlet } from '../routing/outlet.js';
import { payloadParcel, type Parcel } from '../trace/envelope.js';
import type { AttemptHost } from './attempt-host.js';
import type { NodeEmits } from './node-emits.js';

/** Whether `process` returned a stream of payloads. */
export function isAsyncIterable(value: object): value is AsyncIterable<unknown> {
  return typeof (value as { [Symbol.asyncIterator]?: unknown })[Symbol.asyncIterator] === 'function';
}

/** Whether a result is a payload and nothing else: neither a message nor a stream of payloads. */
export function isPlain(result: unknown): boolean {
  if (typeof result !== 'object' || result === null) return true;
  try {
    return !Message.is(result) && !isAsyncIterable(result);
  } catch {
    // Whoever asks once more gets the error, where it fails the attempt.
    return false;
  }
}

/**
 * A result as it goes on, and where to.
 * @throws FlowError `TRACE_MISMATCH`, `UNROUTED_MESSAGE`, and what a predicate throws
 */
export function routeResult(host: AttemptHost, result: unknown, input: Parcel): [Parcel, readonly Outlet[]] {
  const out = Message.is(result) ? messageParcel(host, result, input) : payloadParcel(result, input);
  if (host.fixedOutlets !== undefined) return [out, host.fixedOutlets];
  return host.loop === undefined ? [out, host.routes.for(out.payload)] : controllerStep(host.loop, input, out);
}

/**
 * Emits what an async iterable yields, under backpressure, and returns what a generator returns at its end.
 * An attempt that ended meanwhile closes the iterable.
 */
export async function emitEach(
  emits: NodeEmits,
  values: AsyncIterable<unknown>,
  context: AttemptContext,
): Promise<unknown> {
  const iterator: unknown = values[Symbol.asyncIterator]();
  if (!isIterator(iterator)) throw noIterator(iterator, context);
  for (;;) {
    const step: unknown = await iterator.next();
    if (!isStep(step)) throw noIteratorResult(step, context);
    if (step.done === true) return step.value;
    try {
      if (AttemptContext.isOpen(context)) await emits.emitPiece(context, step.value);
    } catch (error) {
      // As `for await` does: what was wrong first counts.
      await close(iterator).catch(() => {});
      throw error;
    }
    if (!AttemptContext.isOpen(context)) {
      await close(iterator);
      return undefined;
    }
  }
}

async function close(iterator: AsyncIterator<unknown>): Promise<void> {
  await iterator.return?.();
}

function isIterator(value: unknown): value is AsyncIterator<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { next?: unknown }).next === 'function';
}

function isStep(value: unknown): value is IteratorResult<unknown> {
  return typeof value === 'object' && value !== null;
}

function noIterator(got: unknown, context: AttemptContext): FlowError {
  return wrongIterable(`[Symbol.asyncIterator]() of what node "${context.nodeName}" returned`, 'an iterator', got);
}

function noIteratorResult(got: unknown, context: AttemptContext): FlowError {
  return wrongIterable(`next() of what node "${context.nodeName}" returned`, '{ value, done }', got);
}

/** Its own frames would be the runtime's. */
function wrongIterable(what: string, expected: string, got: unknown): FlowError {
  const message = `Expected ${what} to give ${expected}, got ${describeValue(got)}`;
  const hint = 'Return an async generator, or a payload that is not async iterable.';
  return withoutFrames(() => new FlowError('NODE_EXCEPTION', { message, hint }));
}
