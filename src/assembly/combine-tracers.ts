import { hasMarker } from '../errors/marker.js';
import { invalidOption } from '../errors/option-error.js';
import type { FlowError } from '../errors/flow-error.js';
import type { LogFields } from '../ports/flow-log.js';
import type { RunStatus } from '../ports/run-kind.js';
import type {
  AttemptSpan,
  AttemptStart,
  DependencyEnd,
  DependencySpan,
  FlowTracer,
  TracedMessage,
  TraceSpan,
  TraceStart,
} from '../ports/flow-tracer.js';

const IS_COMBINED: unique symbol = Symbol.for('penguiflow:combined-tracer') as never;
const OWNER = 'combineTracers()';

/** Spans of several tracers for one thing, each at the place of its tracer; undefined for a tracer that leaves it out. */
type Parts<Span> = readonly (Span | undefined)[];

/**
 * A tracer that has several follow the same messages, each as if it were alone. The code of a node runs inside the first, then inside the second;
 * of log fields of one name that of the first counts.
 *
 * @throws FlowError `INVALID_OPTION`
 * @example
 * ```ts
 * const tracer = combineTracers(new OtelTracer(), new AuditTracer());
 * const flow = createFlow(Orders, { providers: [{ token: TRACER, useValue: tracer }] });
 * ```
 */
export function combineTracers(...tracers: readonly FlowTracer[]): FlowTracer {
  if (tracers.length === 0) throw invalidOption('tracers', OWNER, 'at least one FlowTracer', tracers);
  for (const tracer of tracers as readonly (Partial<FlowTracer> | null | undefined)[]) {
    if (typeof tracer?.startTrace !== 'function') throw invalidOption('tracers', OWNER, 'FlowTracers', tracer);
  }
  return new CombinedTracer(tracers.flatMap(tracersOf));
}

/** A combined tracer whose parts were replaced one by one; any other tracer, replaced. */
export function mapTracers(tracer: FlowTracer, replace: (tracer: FlowTracer) => FlowTracer): FlowTracer {
  const tracers = tracersOf(tracer);
  return tracers.length === 1 ? replace(tracers[0]!) : new CombinedTracer(tracers.map(replace));
}

/** Also of a tracer that another copy of the package has combined. */
function tracersOf(tracer: FlowTracer): readonly FlowTracer[] {
  return hasMarker(tracer, IS_COMBINED) ? (tracer as CombinedTracer).tracers : [tracer];
}

class CombinedTracer implements FlowTracer {
  readonly [IS_COMBINED] = true;
  readonly tracers: readonly FlowTracer[];

  constructor(tracers: readonly FlowTracer[]) {
    this.tracers = tracers;
  }

  startTrace(start: TraceStart): TraceSpan | undefined {
    const parts = this.tracers.map((tracer) => tracer.startTrace(start));
    return parts.every(isMissing) ? undefined : new CombinedTraceSpan(parts);
  }
}

class CombinedTraceSpan implements TraceSpan {
  readonly logFields: LogFields;
  readonly #parts: Parts<TraceSpan>;

  constructor(parts: Parts<TraceSpan>) {
    this.#parts = parts;
    this.logFields = fieldsOf(parts);
  }

  attempt(start: AttemptStart): AttemptSpan {
    const { ctx, nodeId, message, queuedIn, startedMs, sender, previous } = start;
    return new CombinedAttemptSpan(
      this.#parts.map((part, index) =>
        part?.attempt({
          ctx,
          nodeId,
          message,
          queuedIn,
          startedMs,
          sender: partOf(sender, index),
          previous: partOf(previous, index),
        }),
      ),
    );
  }

  headers(): Readonly<Record<string, string>> {
    return Object.assign({}, ...this.#parts.map((part) => part?.headers?.()).toReversed()) as Record<string, string>;
  }

  label(name: string, value: string): void {
    for (const part of this.#parts) part?.label?.(name, value);
  }

  failed(error: FlowError): void {
    for (const part of this.#parts) part?.failed(error);
  }

  end(status?: RunStatus, endedMs?: number): void {
    for (const part of this.#parts) part?.end(status, endedMs);
  }
}

class CombinedAttemptSpan implements AttemptSpan {
  readonly logFields: LogFields;
  readonly parts: Parts<AttemptSpan>;

  constructor(parts: Parts<AttemptSpan>) {
    this.parts = parts;
    this.logFields = fieldsOf(parts);
  }

  run<R>(body: () => R): R {
    return runInside(this.parts, body);
  }

  dependency(name: string): DependencySpan | undefined {
    const parts = this.parts.map((part) => part?.dependency?.(name));
    return parts.every(isMissing) ? undefined : new CombinedDependencySpan(parts);
  }

  headers(): Readonly<Record<string, string>> {
    return Object.assign({}, ...this.parts.map((part) => part?.headers?.()).toReversed()) as Record<string, string>;
  }

  emitted(message: TracedMessage): void {
    for (const part of this.parts) part?.emitted?.(message);
  }

  end(error?: unknown, endedMs?: number): void {
    for (const part of this.parts) part?.end(error, endedMs);
  }
}

class CombinedDependencySpan implements DependencySpan {
  readonly logFields: LogFields;
  readonly #parts: Parts<DependencySpan>;

  constructor(parts: Parts<DependencySpan>) {
    this.#parts = parts;
    this.logFields = fieldsOf(parts);
  }

  run<R>(body: () => R): R {
    return runInside(this.#parts, body);
  }

  end(end: DependencyEnd): void {
    for (const part of this.#parts) part?.end(end);
  }
}

/** The tracer's own span, which it knows again. */
function partOf(span: AttemptSpan | undefined, index: number): AttemptSpan | undefined {
  return span instanceof CombinedAttemptSpan ? span.parts[index] : undefined;
}

/** The first outermost. */
function runInside<R>(parts: Parts<{ run?<T>(body: () => T): T }>, body: () => R): R {
  return parts.reduceRight<() => R>(
    (inner, part) => (part?.run === undefined ? inner : () => part.run!(inner)),
    body,
  )();
}

function fieldsOf(parts: Parts<{ readonly logFields: LogFields }>): LogFields {
  return Object.assign({}, ...parts.map((part) => part?.logFields).toReversed()) as LogFields;
}

function isMissing(part: unknown): boolean {
  return part === undefined;
}
