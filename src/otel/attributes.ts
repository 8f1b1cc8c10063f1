/**
 * Every attribute name that PenguiFlow's spans carry; stable, so that queries and alerts may name them. Those without the
 * prefix come from the semantic conventions (https://opentelemetry.io/docs/specs/semconv/).
 */
export const SPAN_ATTRIBUTES = {
  /** Name of the flow. */
  flowName: 'penguiflow.flow.name',
  /** The flow's own trace id, as in its log lines; not OpenTelemetry's. */
  traceId: 'penguiflow.trace.id',
  tenant: 'penguiflow.tenant',
  /** The number of the run, as in its log lines. */
  run: 'penguiflow.run.id',
  /** What began the run: `emit`, `call`, `stream`, `collect`, `playbook`. */
  runKind: 'penguiflow.run.kind',
  /** The number of the run whose node called a playbook. */
  parentRun: 'penguiflow.run.parent',
  /** How the run ended, as `status` of `trace_end`. */
  runStatus: 'penguiflow.run.status',
  /** Name of the node in the graph. */
  nodeName: 'penguiflow.node.name',
  nodeId: 'penguiflow.node.id',
  /** Counts from 0. */
  attempt: 'penguiflow.attempt',
  /** Name of the node the message came from; `OpenSea` (the ingress) when it came from outside. */
  source: 'penguiflow.message.source',
  /** Name of the dependency that a client span is about. */
  dependencyName: 'penguiflow.dependency.name',
  /** How often a dependency was called before the call of the node ended. */
  dependencyTries: 'penguiflow.dependency.tries',
  /** How it ended: one of {@link SPAN_OUTCOMES}. */
  outcome: 'penguiflow.outcome',
  /** On a link: why it is there, one of {@link LINK_REASONS}. */
  link: 'penguiflow.link',
  /** Code of the `FlowError`, else the name of the class that was thrown. From the semantic conventions. */
  errorType: 'error.type',
} as const;

/** Values of `penguiflow.outcome`; `fallback` and `rejected` of dependencies alone. */
export const SPAN_OUTCOMES = [
  'success',
  'fallback',
  'error',
  'timeout',
  'rejected',
  'deadline',
  'cancelled',
  'stopped',
] as const;

/** How a trace, an attempt or a call of a dependency ended. */
export type SpanOutcome = (typeof SPAN_OUTCOMES)[number];

/**
 * Values of `penguiflow.link`: `retry` leads to the attempt before, `join` to an attempt that only took what this one sends
 * on, `emit` to the span around the `emit` of a message that came with a `traceparent` of its own.
 */
export const LINK_REASONS = ['retry', 'join', 'emit'] as const;

/** Why a link is there. */
export type LinkReason = (typeof LINK_REASONS)[number];
