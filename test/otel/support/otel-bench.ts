import { context, propagation, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, NodeTracerProvider, type Span, type SpanProcessor } from '@opentelemetry/sdk-trace-node';
import { OtlpReceiver, type ReceivedSpan } from './otlp-receiver.js';

/** Counts what the SDK was asked to start and what ended, so that a span that never ends is seen. */
class OpenSpans implements SpanProcessor {
  readonly names = new Map<string, string>();
  onStart(span: Span): void {
    this.names.set(span.spanContext().spanId, span.name);
  }
  onEnd(span: { spanContext(): { readonly spanId: string } }): void {
    this.names.delete(span.spanContext().spanId);
  }
  forceFlush(): Promise<void> {
    return Promise.resolve();
  }
  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}

/** The real SDK, registered globally, sending to a receiver on loopback; per suite. */
export class OtelBench {
  readonly receiver = new OtlpReceiver();
  readonly #open = new OpenSpans();
  #provider!: NodeTracerProvider;

  async start(): Promise<void> {
    const url = await this.receiver.start();
    this.#provider = new NodeTracerProvider({
      spanProcessors: [this.#open, new BatchSpanProcessor(new OTLPTraceExporter({ url }))],
    });
    this.#provider.register();
  }

  get provider(): NodeTracerProvider {
    return this.#provider;
  }

  async stop(): Promise<void> {
    await this.#provider.shutdown();
    await this.receiver.stop();
    trace.disable();
    context.disable();
    propagation.disable();
  }

  /** Everything that has ended, as it arrived. */
  async received(): Promise<readonly ReceivedSpan[]> {
    await this.#provider.forceFlush();
    return this.receiver.spans;
  }

  /** Names of the spans that have started and not ended. */
  get open(): string[] {
    return [...this.#open.names.values()];
  }
}
