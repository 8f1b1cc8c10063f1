import { isSpanContextValid, type Span } from '@opentelemetry/api';
import type { LogFields } from '../index.js';

/** The ids of a span beside our own: `trace_id` stays the flow's. */
export function logFieldsOf(span: Span): LogFields {
  const { traceId, spanId } = span.spanContext();
  return isSpanContextValid(span.spanContext()) ? { otel_trace_id: traceId, otel_span_id: spanId } : {};
}
