import { SpanStatusCode } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-node';

/** Writes each span as one line of JSON, so that a person can find an id in it. In production an OTLP exporter stands here. */
export class LineSpanExporter implements SpanExporter {
  export(spans: ReadableSpan[], done: (result: { code: number }) => void): void {
    for (const span of spans) {
      const { traceId, spanId } = span.spanContext();
      const line = {
        span: span.name,
        otel_trace_id: traceId,
        otel_span_id: spanId,
        parent_span_id: span.parentSpanContext?.spanId,
        status: SpanStatusCode[span.status.code],
        ...span.attributes,
        links: span.links.map(({ context, attributes }) => ({ ...attributes, otel_span_id: context.spanId })),
        exception: span.events.find(({ name }) => name === 'exception')?.attributes?.['exception.message'],
      };
      process.stdout.write(`${JSON.stringify(line)}\n`);
    }
    done({ code: 0 });
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}
