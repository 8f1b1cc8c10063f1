import { types } from 'node:util';
import { SpanStatusCode, type Span } from '@opentelemetry/api';
import { FlowError, type FlowErrorCode } from '../index.js';
import { SPAN_ATTRIBUTES, type SpanOutcome } from './attributes.js';

/** Removes what must not leave the process from the text of an error. */
export type RedactText = (text: string) => string;

const OUTCOMES: Partial<Record<FlowErrorCode, SpanOutcome>> = {
  NODE_TIMEOUT: 'timeout',
  DEPENDENCY_TIMEOUT: 'timeout',
  DEPENDENCY_REJECTED: 'rejected',
  DEADLINE_EXCEEDED: 'deadline',
  TRACE_CANCELLED: 'cancelled',
  ABORTED: 'cancelled',
  // Of a call of a dependency that its node has not waited for.
  ATTEMPT_ENDED: 'cancelled',
  FLOW_STOPPED: 'stopped',
};

/** Longest status message; a stack belongs to the exception. */
const MAX_STATUS_CHARS = 1000;

/** How something ended that ended with this error. */
function outcomeOf(error: unknown): SpanOutcome {
  return (FlowError.is(error) ? OUTCOMES[error.code] : undefined) ?? 'error';
}

/**
 * Says on a span how it failed: outcome, `error.type` and status. A cancellation that somebody asked for is no error, so it
 * leaves the status unset.
 */
export function markFailed(span: Span, error: unknown, redact: RedactText): void {
  const outcome = outcomeOf(error);
  span.setAttribute(SPAN_ATTRIBUTES.outcome, outcome);
  span.setAttribute(SPAN_ATTRIBUTES.errorType, redact(errorType(error)));
  if (outcome === 'cancelled') return;
  const message = redact(messageOf(error)).slice(0, MAX_STATUS_CHARS);
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

/** Records what was thrown as the span event `exception`. */
export function recordException(span: Span, error: unknown, redact: RedactText): void {
  const stack = isError(error) ? safely(() => error.stack) : undefined;
  span.recordException({
    name: redact(errorType(error)),
    message: redact(messageOf(error)),
    ...(typeof stack === 'string' ? { stack: redact(stack) } : undefined),
  });
}

/** A code or a class name: few values, whatever is thrown. */
function errorType(error: unknown): string {
  if (FlowError.is(error)) return error.code;
  if (!isError(error)) return typeof error;
  return safely(() => (error.name === 'Error' ? error.constructor.name : error.name)) ?? 'Error';
}

function messageOf(error: unknown): string {
  return (
    safely(() => (isError(error) ? String(error.message as unknown) : String(error))) ??
    'a value that cannot be printed'
  );
}

/** Errors of other realms are errors, too. */
function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value);
}

/** What is thrown may have getters that throw. */
function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
