import {
  context,
  isSpanContextValid,
  propagation,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  type Context,
  type Link,
  type Tracer,
} from '@opentelemetry/api';
import { TRACER, type FlowTracer, type TraceSpan, type TraceStart } from '../index.js';
import { isInAttempt } from './attempt-marker.js';
import { SPAN_ATTRIBUTES } from './attributes.js';
import { META_GETTER, type HeaderSource } from './trace-headers.js';
import { resolveOtelOptions, type OtelTracerOptions, type ResolvedOtelOptions } from './otel-tracer-options.js';
import { OtelTraceSpan } from './otel-trace-span.js';

/** Name of the instrumentation scope. */
const SCOPE = 'penguiflow';

/**
 * Makes OpenTelemetry spans of a flow's traces: one per trace, from `emit` until nothing of it is left, and below it one
 * per attempt, child of the attempt that sent the message.
 *
 * A trace is a child of the node whose code emitted it (a playbook), else of the `traceparent` in the message's meta, else
 * of the span that is active around `emit`. While no SDK is registered, nothing is done.
 *
 * @example
 * ```ts
 * new NodeTracerProvider({ spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())] }).register();
 * const flow = createFlow(Orders, { providers: [{ token: TRACER, useValue: new OtelTracer() }] });
 * ```
 */
export class OtelTracer implements FlowTracer {
  readonly #options: ResolvedOtelOptions;
  readonly #tracer: Tracer;

  /** @throws FlowError `INVALID_OPTION` */
  constructor(options: OtelTracerOptions = {}) {
    this.#options = resolveOtelOptions(options, process.env);
    // The global one is a proxy: an SDK that is registered later is found.
    this.#tracer = (this.#options.tracerProvider ?? trace.getTracerProvider()).getTracer(SCOPE);
  }

  startTrace({ flowName, traceId, tenant, meta, runId, kind, parentRun, part }: TraceStart): TraceSpan | undefined {
    const { base, links } = part === undefined ? parentOf(context.active(), meta) : sentFrom(part.headers);
    const span = this.#tracer.startSpan(
      `flow ${flowName}`,
      {
        kind: SpanKind.INTERNAL,
        links,
        attributes: {
          [SPAN_ATTRIBUTES.flowName]: flowName,
          [SPAN_ATTRIBUTES.traceId]: traceId,
          [SPAN_ATTRIBUTES.tenant]: tenant,
          [SPAN_ATTRIBUTES.run]: runId,
          [SPAN_ATTRIBUTES.runKind]: kind,
          ...(parentRun === undefined ? undefined : { [SPAN_ATTRIBUTES.parentRun]: parentRun }),
        },
      },
      base,
    );
    if (!isSpanContextValid(span.spanContext())) return undefined;
    return new OtelTraceSpan(span, base, this.#tracer, this.#options);
  }
}

/**
 * The provider that makes a flow traced, for the `providers` of `createFlow`.
 *
 * @throws FlowError `INVALID_OPTION`
 * @example
 * ```ts
 * const flow = createFlow(Orders, { providers: [otelTracing()] });
 * ```
 */
export function otelTracing(options?: OtelTracerOptions): {
  readonly token: typeof TRACER;
  readonly useValue: OtelTracer;
} {
  return { token: TRACER, useValue: new OtelTracer(options) };
}

/** The span of a sender in another process; what is active here is that of whoever fetched the message. */
function sentFrom(headers: HeaderSource): { readonly base: Context; readonly links: Link[] } {
  return { base: propagation.extract(ROOT_CONTEXT, headers, META_GETTER), links: [] };
}

function parentOf(active: Context, meta: TraceStart['meta']): { readonly base: Context; readonly links: Link[] } {
  // A playbook inherits its caller's meta; the `traceparent` in it is that of the caller's caller.
  if (isInAttempt(active)) return { base: active, links: [] };
  const extracted = propagation.extract(active, meta, META_GETTER);
  const remote = trace.getSpanContext(extracted);
  const around = trace.getSpanContext(active);
  if (remote === undefined || remote.spanId === around?.spanId) return { base: active, links: [] };
  if (around === undefined) return { base: extracted, links: [] };
  return { base: extracted, links: [{ context: around, attributes: { [SPAN_ATTRIBUTES.link]: 'emit' } }] };
}
