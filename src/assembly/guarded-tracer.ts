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
const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({});

/** Keeps what a tracer throws to itself. Its callers try and catch themselves: a function around each call would be dear. */
interface Guard {
  /** What the tracer gave, unless that is a promise, which is watched. */
  given<T>(value: T): T | undefined;
  failed(error: unknown): undefined;
}

/**
 * A tracer whose failures fail no run: what it or one of its spans throws, or rejects with, is logged the first time, and the run goes on
 * without that span.
 */
export class GuardedTracer implements FlowTracer, Guard {
  readonly #tracer: FlowTracer;
  readonly #log: FlowLog;
  #isTold = false;

  constructor(tracer: FlowTracer, log: FlowLog) {
    this.#tracer = tracer;
    this.#log = log;
  }

  startTrace(start: TraceStart): TraceSpan | undefined {
    try {
      const span = this.given(this.#tracer.startTrace(start));
      return span === undefined ? undefined : new GuardedTraceSpan(span, this);
    } catch (error) {
      return this.failed(error);
    }
  }

  given<T>(value: T): T | undefined {
    if (!isThenable(value)) return value;
    value.then(undefined, (error: unknown) => this.failed(error));
    return undefined;
  }

  failed(error: unknown): undefined {
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
    const { ctx, nodeId, message, queuedIn, startedMs, sender, previous } = start;
    const own = {
      ctx,
      nodeId,
      message,
      queuedIn,
      startedMs,
      sender: GuardedAttemptSpan.inner(sender),
      previous: GuardedAttemptSpan.inner(previous),
    };
    let span: AttemptSpan | undefined;
    try {
      span = this.#guard.given(this.#span.attempt(own));
    } catch (error) {
      this.#guard.failed(error);
    }
    return span?.run === undefined
      ? new GuardedAttemptSpan(span, this.#guard)
      : new GuardedAttemptScope(span as AttemptScope, this.#guard);
  }

  headers(): Readonly<Record<string, string>> {
    try {
      return this.#guard.given(this.#span.headers?.()) ?? NO_HEADERS;
    } catch (error) {
      return this.#guard.failed(error) ?? NO_HEADERS;
    }
  }

  label(name: string, value: string): void {
    try {
      this.#guard.given(this.#span.label?.(name, value));
    } catch (error) {
      this.#guard.failed(error);
    }
  }

  failed(error: FlowError): void {
    try {
      this.#guard.given(this.#span.failed(error));
    } catch (failure) {
      this.#guard.failed(failure);
    }
  }

  end(status?: RunStatus, endedMs?: number): void {
    try {
      this.#guard.given(this.#span.end(status, endedMs));
    } catch (error) {
      this.#guard.failed(error);
    }
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

  dependency(name: string): DependencySpan | undefined {
    try {
      const span = this.#guard.given(this.#span?.dependency?.(name));
      return span === undefined ? undefined : new GuardedDependencySpan(span, this.#guard);
    } catch (error) {
      return this.#guard.failed(error);
    }
  }

  emitted(message: TracedMessage): void {
    try {
      this.#guard.given(this.#span?.emitted?.(message));
    } catch (error) {
      this.#guard.failed(error);
    }
  }

  headers(): Readonly<Record<string, string>> {
    try {
      return this.#guard.given(this.#span?.headers?.()) ?? NO_HEADERS;
    } catch (error) {
      return this.#guard.failed(error) ?? NO_HEADERS;
    }
  }

  end(error?: unknown, endedMs?: number): void {
    try {
      this.#guard.given(this.#span?.end(error, endedMs));
    } catch (failure) {
      this.#guard.failed(failure);
    }
  }
}

/** A span that the node's code is to run inside of. */
interface AttemptScope extends AttemptSpan {
  run<R>(body: () => R): R;
}

class GuardedAttemptScope extends GuardedAttemptSpan implements AttemptScope {
  readonly #scope: AttemptScope;
  readonly #guard: Guard;

  constructor(scope: AttemptScope, guard: Guard) {
    super(scope, guard);
    this.#scope = scope;
    this.#guard = guard;
  }

  run<R>(body: () => R): R {
    return runOnce(this.#scope, body, this.#guard);
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
    try {
      this.#guard.given(this.#span.end(end));
    } catch (error) {
      this.#guard.failed(error);
    }
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
    if (outcome === undefined || !('result' in outcome) || outcome.result !== given) guard.given(given);
  } catch (error) {
    if (outcome === undefined || !('error' in outcome) || outcome.error !== error) guard.failed(error);
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
  try {
    return guard.given(span.logFields) ?? NO_FIELDS;
  } catch (error) {
    return guard.failed(error) ?? NO_FIELDS;
  }
}
