export { LINK_REASONS, SPAN_ATTRIBUTES, SPAN_OUTCOMES, type LinkReason, type SpanOutcome } from './attributes.js';
export { OtelTracer, otelTracing } from './otel-tracer.js';
export type { OtelTracerOptions } from './otel-tracer-options.js';
export type { RedactText } from './span-failure.js';
export { traceHeaders, traceMeta, type HeaderSource } from './trace-headers.js';
