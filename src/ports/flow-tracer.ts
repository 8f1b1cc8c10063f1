import type { DependencyOutcome } from './dependency.js';
import type { FlowError } from '../errors/flow-error.js';
import type { LogFields } from './flow-log.js';
import type { RunKind, RunStatus } from './run-kind.js';
import type { NodeContext } from './node-context.js';

/** A span, as far as the runtime cares: what lines and events about it say. */
export interface FlowSpan {
  /** Added to `FlowEvent.toPayload()` and to the lines of the attempt; keys of the tracer's own, never `trace_id`. */
  readonly logFields: LogFields;
}

/** Which part of a run it is, where a flow runs in several processes. */
export interface TracePart {
  /** What all its parts have in common: the call or the emit that they come from. */
  readonly root: string;
  readonly workerId: string;
  /** Whether the message was handed out before, here or to another process. */
  readonly redelivered: boolean;
  /** What the sender's span gave along: `traceparent`, `tracestate`. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A trace that begins. */
export interface TraceStart {
  readonly flowName: string;
  readonly traceId: string;
  readonly tenant: string;
  /** The meta of the message that begins it. */
  readonly meta: Readonly<Record<string, unknown>>;
  /** The number of the run, which is that of its events. */
  readonly runId: number;
  /** When it begins, in milliseconds since the epoch. */
  readonly startedMs: number;
  readonly kind: RunKind;
  /** The number of the run whose node calls this one, a playbook's. */
  readonly parentRun: number | undefined;
  /** What `replayOf` of `inject` says. */
  readonly replayOf: number | undefined;
  /** What people look for the run by, as `labels` of `emit`, `call`, `stream` or `collect` say; frozen. */
  readonly labels: Readonly<Record<string, string>>;
  /** Of a run of the kind `part`; else undefined. */
  readonly part?: TracePart | undefined;
  /** What all parts of a run have in common whose work is done in other processes; undefined for one that runs here. */
  readonly root?: string | undefined;
}

/** A message of a run that is traced: the same object for all nodes and attempts that it comes to. */
export interface TracedMessage {
  /** Counts those of its run, from 1. */
  readonly number: number;
  /** When it was sent, in milliseconds since the epoch: until an attempt begins it has waited. */
  readonly sentMs: number;
  /** Name of the node that sent it; undefined when it came from outside. */
  readonly from: string | undefined;
  /** As it was sent: the receiver's `input` may make something else of it. */
  readonly payload: unknown;
  /** The idempotency key of the node's work on it, see `ctx.idempotencyKey`; computed at each call. */
  keyAt(nodeName: string): string;
}

/** An attempt that begins. */
export interface AttemptStart {
  readonly ctx: NodeContext;
  readonly nodeId: string;
  readonly message: TracedMessage;
  /** Messages that wait before the node. */
  readonly queuedIn: number;
  /** When it begins, in milliseconds since the epoch. */
  readonly startedMs: number;
  /** The attempt that sent the message; undefined when it came from outside. */
  readonly sender: AttemptSpan | undefined;
  /** The attempt before this one on the same message; undefined for the first. */
  readonly previous: AttemptSpan | undefined;
}

/** How a call of a dependency ended. */
export interface DependencyEnd {
  readonly outcome: DependencyOutcome;
  /** How often the function was called. */
  readonly tries: number;
  /** What it failed with; undefined for a success. */
  readonly error: unknown;
}

/** A call of a dependency, with all its tries. */
export interface DependencySpan extends FlowSpan {
  /** Runs a try, so that spans it starts become children. */
  run<R>(body: () => R): R;
  end(end: DependencyEnd): void;
}

/** Everything that happens for one trace on one flow. */
export interface TraceSpan extends FlowSpan {
  attempt(start: AttemptStart): AttemptSpan;
  /** What messages of the run take along to other processes, when it begins here and runs there. Left out = nothing. */
  headers?(): Readonly<Record<string, string>>;
  /** The run gets a label, or another value for one (`ctx.label`). Left out = labels that come later are not wanted. */
  label?(name: string, value: string): void;
  /** Whoever waits for the trace is told that it failed. The first one is the reason, later ones are consequences. */
  failed(error: FlowError): void;
  /**
   * The last message of the trace is gone. May be called twice; the first call counts.
   * @param endedMs - when, in milliseconds since the epoch
   */
  end(status?: RunStatus, endedMs?: number): void;
}

/** One attempt of a node on a message. */
export interface AttemptSpan extends FlowSpan {
  /** Runs the node's code, so that spans it starts become children. Left out = it is called as it is. */
  run?<R>(body: () => R): R;
  /** A message leaves the node; a chunk is none. Left out = not wanted. */
  emitted?(message: TracedMessage): void;
  /** What a message takes along to another process, so that its spans become children there. Left out = nothing. */
  headers?(): Readonly<Record<string, string>>;
  /** The node calls a dependency through `ctx.through`. Left out, or undefined = not traced. */
  dependency?(name: string): DependencySpan | undefined;
  /**
   * The attempt is over: it succeeded, or ended with `error`. May be called twice; the first call counts.
   * @param endedMs - when, in milliseconds since the epoch
   */
  end(error?: unknown, endedMs?: number): void;
}

/**
 * Follows messages from hop to hop; bind one to `TRACER`. Without one the runtime does nothing of this. What one of its methods throws
 * is logged once as `tracer_error`, and fails no run. `penguiflow/otel` has the one for OpenTelemetry.
 */
export interface FlowTracer {
  /** Called inside `emit`, `tryEmit` or `call`, so the caller's async context is the current one; undefined = not traced. */
  startTrace(start: TraceStart): TraceSpan | undefined;
}
