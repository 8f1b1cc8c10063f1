import { exceptionType, FlowError } from './flow-error.js';
import { thrownText } from './thrown-text.js';
import { withoutFrames } from './without-frames.js';

/** Characters of a text that are kept. */
const KEPT_CHARS = 8_192;
/** Causes of causes that are kept. */
const KEPT_CAUSES = 8;

/**
 * A copy of a failure that may be kept for long: code, texts and stacks, and nothing of what was thrown, which may hold a payload of
 * any size. A stack is written out, because one that is not holds on to what its frames belong to.
 */
export function keptFailure(failure: FlowError, causes = KEPT_CAUSES): FlowError {
  const { code, traceId, nodeName, nodeId, metadata, hint } = failure;
  const message = keptText(failure.message);
  const cause = keptCause(failure.cause, causes);
  const kept = withoutFrames(
    () => new FlowError(code, { message, traceId, nodeName, nodeId, cause, metadata: keptFacts(metadata), hint }),
  );
  return withText(kept, 'stack', failure.stack);
}

/** Texts among the facts may be as long as what they describe. */
function keptFacts(facts: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const kept = Object.entries(facts).map(([name, value]) => [
    name,
    typeof value === 'string' ? keptText(value) : value,
  ]);
  return Object.fromEntries(kept) as Record<string, unknown>;
}

function keptCause(cause: unknown, causes: number): unknown {
  if (typeof cause === 'string') return keptText(cause);
  if ((typeof cause !== 'object' && typeof cause !== 'function') || cause === null) return cause;
  if (causes === 0) return undefined;
  try {
    if (FlowError.is(cause)) return keptFailure(cause, causes - 1);
    if (!(cause instanceof Error)) return keptText(thrownText(cause));
    const inner = keptCause(cause.cause, causes - 1);
    const message = keptText(cause.message);
    const kept = withoutFrames(() => new Error(message, inner === undefined ? undefined : { cause: inner }));
    withText(kept, 'name', exceptionType(cause));
    const { code } = cause as { readonly code?: unknown };
    if (typeof code === 'string') withText(kept, 'code', code);
    return withText(kept, 'stack', cause.stack);
  } catch {
    // A getter or a proxy that throws.
    return undefined;
  }
}

function withText<E extends Error>(error: E, field: string, text: unknown): E {
  const value = typeof text === 'string' ? keptText(text) : undefined;
  Object.defineProperty(error, field, { value, writable: true, configurable: true, enumerable: field === 'code' });
  return error;
}

/** A part of a string holds on to the whole of it, so that the bytes are copied. */
function keptText(text: string): string {
  if (text.length <= KEPT_CHARS) return text;
  return `${Buffer.from(text.slice(0, KEPT_CHARS)).toString()}…`;
}
