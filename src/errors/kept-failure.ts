import { exceptionType, FlowError } from './flow-error.js';
import { keptFacts } from './kept-facts.js';
import { keptText } from './kept-text.js';
import { thrownText } from './thrown-text.js';
import { withoutFrames } from './without-frames.js';

/** How deep causes of causes are kept, and how many there may be in all: an `AggregateError` has several. */
const DEEPEST = 8;
const MOST_CAUSES = 32;

/**
 * A copy of a failure that may be kept for long: code, texts and stacks, and nothing of what was thrown, which may hold a payload of
 * any size. A stack is written out, because one that is not holds on to what its frames belong to.
 */
export function keptFailure(failure: FlowError): FlowError {
  return keptFlowError(failure, { causes: MOST_CAUSES }, DEEPEST);
}

function keptFlowError(failure: FlowError, left: { causes: number }, depth: number): FlowError {
  const { code, traceId, nodeName, nodeId } = failure;
  const message = keptText(failure.message);
  const hint = keptText(failure.hint);
  const metadata = keptFacts(failure.metadata);
  const cause = keptCause(failure.cause, left, depth);
  const kept = withoutFrames(() => new FlowError(code, { message, traceId, nodeName, nodeId, cause, metadata, hint }));
  return withText(kept, 'stack', failure.stack);
}

function keptCause(cause: unknown, left: { causes: number }, depth: number): unknown {
  if (typeof cause === 'string') return keptText(cause);
  if ((typeof cause !== 'object' && typeof cause !== 'function') || cause === null) return cause;
  if (depth === 0 || left.causes-- <= 0) return undefined;
  try {
    if (FlowError.is(cause)) return keptFlowError(cause, left, depth - 1);
    if (!(cause instanceof Error)) return keptText(thrownText(cause));
    const inner = keptCause(cause.cause, left, depth - 1);
    const message = keptText(cause.message);
    const kept = withoutFrames(() => new Error(message, inner === undefined ? undefined : { cause: inner }));
    withText(kept, 'name', exceptionType(cause));
    const { code, errors } = cause as { readonly code?: unknown; readonly errors?: unknown };
    if (typeof code === 'string') withText(kept, 'code', code);
    if (Array.isArray(errors)) keepErrors(kept, errors, left, depth);
    return withText(kept, 'stack', cause.stack);
  } catch {
    // A getter or a proxy that throws.
    return undefined;
  }
}

/** Those of an `AggregateError`, as it has them. */
function keepErrors(kept: Error, errors: readonly unknown[], left: { causes: number }, depth: number): void {
  const value = errors.slice(0, Math.max(0, left.causes)).map((each) => keptCause(each, left, depth - 1));
  Object.defineProperty(kept, 'errors', { value, writable: true, configurable: true, enumerable: false });
}

function withText<E extends Error>(error: E, field: string, text: unknown): E {
  const value = typeof text === 'string' ? keptText(text) : undefined;
  Object.defineProperty(error, field, { value, writable: true, configurable: true, enumerable: field === 'code' });
  return error;
}
