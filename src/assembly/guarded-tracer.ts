import { describeThrown, type FlowError } from '../errors/flow-error.js';
import { isThenable } from '../message/is-thenable.js';
import type { FlowLog, LogFields } from '../ports/flow-log.js';
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
import type { RunStatus } from '../ports/run-kind.js';

const NO_FIELDS: LogFields = Object.freeze({});

/** Calls a tracer and keeps what it throws to itself; a promise that it gives is watched, too. */
type Guard = <T>(call: () => T) => T | undefined;

/**
 * A tracer whose failures fail no run: what it or one of its spans throws, or rejects with, is logged the first time, and the run goes on
 * without that span.
 */
export class GuardedTracer implements FlowTracer {
  readonly #tracer: FlowTracer;
  readonly #log: FlowLog;
  #isTold = false;

  constructor(tracer: FlowTracer, log: FlowLog) {
    this.#tracer = tracer;
    this.#log = log;
  }

  startTrace(start: TraceStart): TraceSpan | undefined {
    const span = this.#guard(() => this.#tracer.startTrace(start));
    return span === undefined || isThenable(span) ? undefined : new GuardedTraceSpan(span, this.#guard);
  }

  readonly #guard: Guard = (call) => {
    try {
      const result = call();
      if (isThenable(result)) result.then(undefined, (error: unknown) => this.#failed(error));
      return result;
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  };

  #failed(error: unknown): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#log.write('error', 'tracer_error', { exception: describeThrown(error), error }, NO_FIELDS);
  }
}

class GuardedTraceSpan implements TraceSpan {
  readonly logFields: LogFields;
  readonly #span: TraceSpan;
  readonly #guard: Guard;

  constructor(span: TraceSpan, guard: Guard) {
    this.#span = span;
    this.#guard = guard;
    this.logFields = fieldsOf(span, guard);
  }

  attempt(start: AttemptStart): AttemptSpan {
    const { sender, previous } = start;
    const own = { ...start, sender: GuardedAttemptSpan.inner(sender), previous: GuardedAttemptSpan.inner(previous) };
    const span = this.#guard(() => this.#span.attempt(own));
    return new GuardedAttemptSpan(span === undefined || isThenable(span) ? undefined : span, this.#guard);
  }

  label(name: string, value: string): void {
    this.#guard(() => this.#span.label?.(name, value));
  }

  failed(error: FlowError): void {
    this.#guard(() => this.#span.failed(error));
  }

  end(status?: RunStatus): void {
    this.#guard(() => this.#span.end(status));
  }
}

class GuardedAttemptSpan implements AttemptSpan {
  readonly logFields: LogFields;
  /** Undefined where the tracer failed to begin it. */
  readonly #span: AttemptSpan | undefined;
  readonly #guard: Guard;

  constructor(span: AttemptSpan | undefined, guard: Guard) {
    this.#span = span;
    this.#guard = guard;
    this.logFields = span === undefined ? NO_FIELDS : fieldsOf(span, guard);
  }

  /** The tracer's own span, which it knows again. */
  static inner(span: AttemptSpan | undefined): AttemptSpan | undefined {
    return span instanceof GuardedAttemptSpan ? span.#span : span;
  }

  run<R>(body: () => R): R {
    return this.#span === undefined ? body() : runOnce(this.#span, body, this.#guard);
  }

  dependency(name: string): DependencySpan | undefined {
    const span = this.#guard(() => this.#span?.dependency?.(name));
    return span === undefined || isThenable(span) ? undefined : new GuardedDependencySpan(span, this.#guard);
  }

  emitted(message: TracedMessage): void {
    this.#guard(() => this.#span?.emitted(message));
  }

  end(error?: unknown): void {
    this.#guard(() => (error === undefined ? this.#span?.end() : this.#span?.end(error)));
  }
}

class GuardedDependencySpan implements DependencySpan {
  readonly logFields: LogFields;
  readonly #span: DependencySpan;
  readonly #guard: Guard;

  constructor(span: DependencySpan, guard: Guard) {
    this.#span = span;
    this.#guard = guard;
    this.logFields = fieldsOf(span, guard);
  }

  run<R>(body: () => R): R {
    return runOnce(this.#span, body, this.#guard);
  }

  end(end: DependencyEnd): void {
    this.#guard(() => this.#span.end(end));
  }
}

/** The body runs once, whatever the tracer does with it. */
function runOnce<R>(span: { run<T>(body: () => T): T }, body: () => R, guard: Guard): R {
  let outcome: { readonly result: R } | { readonly error: unknown } | undefined;
  const once = (): R => {
    outcome ??= outcomeOf(body);
    if ('error' in outcome) throw outcome.error;
    return outcome.result;
  };
  // What the body throws passes through the tracer, whose own failure it is not.
  try {
    const given = span.run(once);
    if (outcome === undefined || !('result' in outcome) || outcome.result !== given) guard(() => given);
  } catch (error) {
    if (outcome === undefined || !('error' in outcome) || outcome.error !== error) guard(() => raise(error));
  }
  return once();
}

function outcomeOf<R>(body: () => R): { readonly result: R } | { readonly error: unknown } {
  try {
    return { result: body() };
  } catch (error) {
    return { error };
  }
}

function fieldsOf(span: { readonly logFields: LogFields }, guard: Guard): LogFields {
  return guard(() => span.logFields) ?? NO_FIELDS;
}

function raise(error: unknown): never {
  throw error;
}
