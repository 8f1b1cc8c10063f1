import { propagation, SpanKind, trace, type Context, type Link, type Span, type Tracer } from '@opentelemetry/api';
import type { AttemptStart, FlowError, LogFields, RunStatus, TraceSpan } from '../index.js';
import { SPAN_ATTRIBUTES } from './attributes.js';
import { logFieldsOf } from './log-fields-of.js';
import { OtelAttemptSpan } from './otel-attempt-span.js';
import { OtelJoins } from './otel-joins.js';
import type { ResolvedOtelOptions } from './otel-tracer-options.js';
import { markFailed } from './span-failure.js';

/** The span of one trace on one flow, from `emit` until nothing of it is left. */
export class OtelTraceSpan implements TraceSpan {
  readonly logFields: LogFields;
  readonly #span: Span;
  readonly #base: Context;
  readonly #tracer: Tracer;
  readonly #options: ResolvedOtelOptions;
  readonly #joins = new OtelJoins();
  #failure: FlowError | undefined;
  #ended = false;

  /** @param base - the context the trace began in */
  constructor(span: Span, base: Context, tracer: Tracer, options: ResolvedOtelOptions) {
    this.#span = span;
    this.#base = base;
    this.#tracer = tracer;
    this.#options = options;
    this.logFields = logFieldsOf(span);
  }

  attempt({ ctx, nodeId, sender, previous }: AttemptStart): OtelAttemptSpan {
    const parent = sender instanceof OtelAttemptSpan ? sender.span : this.#span;
    const links: Link[] = [];
    if (previous instanceof OtelAttemptSpan)
      links.push({ context: previous.span.spanContext(), attributes: { [SPAN_ATTRIBUTES.link]: 'retry' } });
    const span = this.#tracer.startSpan(
      `node ${ctx.nodeName}`,
      {
        kind: SpanKind.INTERNAL,
        links,
        attributes: {
          [SPAN_ATTRIBUTES.flowName]: ctx.flowName,
          [SPAN_ATTRIBUTES.traceId]: ctx.traceId,
          [SPAN_ATTRIBUTES.tenant]: ctx.tenant,
          [SPAN_ATTRIBUTES.nodeName]: ctx.nodeName,
          [SPAN_ATTRIBUTES.nodeId]: nodeId,
          [SPAN_ATTRIBUTES.attempt]: ctx.attempt,
          [SPAN_ATTRIBUTES.source]: ctx.source,
        },
      },
      trace.setSpan(this.#base, parent),
    );
    return new OtelAttemptSpan(span, {
      nodeId,
      joins: this.#joins,
      tracer: this.#tracer,
      base: this.#base,
      options: this.#options,
    });
  }

  headers(): Record<string, string> {
    const headers: Record<string, string> = {};
    propagation.inject(trace.setSpan(this.#base, this.#span), headers);
    return headers;
  }

  failed(error: FlowError): void {
    this.#failure ??= error;
  }

  end(status?: RunStatus): void {
    if (this.#ended) return;
    this.#ended = true;
    if (status !== undefined) this.#span.setAttribute(SPAN_ATTRIBUTES.runStatus, status);
    // What was thrown is on the span of the attempt; here only that the trace failed, and why.
    if (this.#failure === undefined) this.#span.setAttribute(SPAN_ATTRIBUTES.outcome, 'success');
    else markFailed(this.#span, this.#failure, this.#options.redact);
    this.#span.end();
  }
}
