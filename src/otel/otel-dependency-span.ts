import { context, trace, type Span } from '@opentelemetry/api';
import type { DependencyEnd, DependencySpan, LogFields } from '../index.js';
import { attemptContext } from './attempt-marker.js';
import { SPAN_ATTRIBUTES } from './attributes.js';
import { logFieldsOf } from './log-fields-of.js';
import type { ResolvedOtelOptions } from './otel-tracer-options.js';
import { markFailed, recordException } from './span-failure.js';

/** The client span of one call of a dependency, with all its tries. */
export class OtelDependencySpan implements DependencySpan {
  readonly logFields: LogFields;
  readonly #span: Span;
  readonly #options: ResolvedOtelOptions;

  constructor(span: Span, options: ResolvedOtelOptions) {
    this.#span = span;
    this.#options = options;
    this.logFields = logFieldsOf(span);
  }

  /** Inside of whatever is active: the node may have started spans of its own, or added to the baggage. */
  run<R>(body: () => R): R {
    return context.with(attemptContext(trace.setSpan(context.active(), this.#span)), body);
  }

  end({ outcome, tries, error }: DependencyEnd): void {
    const { redact, exceptionEvents } = this.#options;
    this.#span.setAttribute(SPAN_ATTRIBUTES.dependencyTries, tries);
    if (outcome === 'success' || outcome === 'fallback') this.#span.setAttribute(SPAN_ATTRIBUTES.outcome, outcome);
    else markFailed(this.#span, error, redact);
    // What a fallback has stood in for is on the span, too, which is none that failed.
    if (outcome !== 'success' && exceptionEvents && error !== undefined) recordException(this.#span, error, redact);
    this.#span.end();
  }
}
