import { context, propagation, SpanKind, trace, type Context, type Span, type Tracer } from '@opentelemetry/api';
import type { AttemptSpan, LogFields } from '../index.js';
import { SPAN_ATTRIBUTES } from './attributes.js';
import { attemptContext } from './attempt-marker.js';
import { logFieldsOf } from './log-fields-of.js';
import { OtelDependencySpan } from './otel-dependency-span.js';
import type { OtelJoins } from './otel-joins.js';
import type { ResolvedOtelOptions } from './otel-tracer-options.js';
import { markFailed, recordException } from './span-failure.js';

/** What an attempt shares with the others of its trace on its node. */
export interface AttemptSurroundings {
  readonly nodeId: string;
  readonly joins: OtelJoins;
  readonly tracer: Tracer;
  /** The context the trace began in, with its baggage. */
  readonly base: Context;
  readonly options: ResolvedOtelOptions;
}

/** The span of one attempt. */
export class OtelAttemptSpan implements AttemptSpan {
  readonly logFields: LogFields;
  readonly span: Span;
  readonly #around: AttemptSurroundings;
  #emitted = false;
  #ended = false;

  constructor(span: Span, around: AttemptSurroundings) {
    this.span = span;
    this.#around = around;
    this.logFields = logFieldsOf(span);
  }

  run<R>(body: () => R): R {
    return context.with(attemptContext(trace.setSpan(this.#around.base, this.span)), body);
  }

  dependency(name: string): OtelDependencySpan {
    const { base, options, tracer } = this.#around;
    const attributes = { [SPAN_ATTRIBUTES.dependencyName]: name };
    const parent = trace.setSpan(base, this.span);
    const span = tracer.startSpan(`dependency ${name}`, { kind: SpanKind.CLIENT, attributes }, parent);
    return new OtelDependencySpan(span, options);
  }

  headers(): Record<string, string> {
    const headers: Record<string, string> = {};
    propagation.inject(trace.setSpan(this.#around.base, this.span), headers);
    return headers;
  }

  emitted(): void {
    if (this.#emitted) return;
    this.#emitted = true;
    this.#around.joins.sendsOn(this.#around.nodeId, this.span);
  }

  end(error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    const { joins, nodeId, options } = this.#around;
    if (error === undefined) {
      this.span.setAttribute(SPAN_ATTRIBUTES.outcome, 'success');
      if (!this.#emitted) joins.took(nodeId, this.span);
    } else {
      markFailed(this.span, error, options.redact);
      if (options.exceptionEvents) recordException(this.span, error, options.redact);
    }
    this.span.end();
  }
}
