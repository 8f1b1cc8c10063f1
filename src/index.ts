import 'reflect-metadata';

// Errors
export { FLOW_ERRORS, type FlowErrorCode, type FlowErrorEntry } from './errors/flow-error-code.js';
export { FlowError, type FlowErrorInit, type FlowErrorPayload } from './errors/flow-error.js';
export { NonRetryableError } from './errors/non-retryable-error.js';

// Messages
export { FinalAnswer } from './message/final-answer.js';
export { DEFAULT_TENANT, type MessageHeaders } from './message/headers.js';
export { Message, type MessageInit } from './message/message.js';
export { StreamChunk } from './message/stream-chunk.js';
export { DEFAULT_BUDGET_HOPS, WorkingMemory, type WorkingMemoryInit } from './message/working-memory.js';

// Declaring nodes, flows and middlewares
export { Flow, type FlowOptions } from './metadata/flow.js';
export { Middleware } from './metadata/middleware.js';
export { isNodeClass, Node, type NodeOptions } from './metadata/node.js';
export { OnFlowEvent } from './metadata/on-flow-event.js';
export type { NodePolicyOptions } from './metadata/resolve-policy.js';
export type { MiddlewareClass, MiddlewareRef } from './events/middleware-ref.js';
export type { FlowClass, FlowInput, FlowOutput } from './ports/flow-class.js';
export type { Class, FlowNode, NodeClass, NodeResult } from './ports/flow-node.js';
export type {
  ChunkOptions,
  NodeEmitOptions,
  NodeContext,
  NodeRef,
  PlaybookClass,
  CallOptions,
} from './ports/node-context.js';
export { dependency } from './policy/dependency.js';
export {
  BREAKER_STATES,
  DEPENDENCY_OUTCOMES,
  type BreakerState,
  type Dependency,
  type DependencyOptions,
  type DependencyOutcome,
  type DependencyPolicy,
} from './ports/dependency.js';
export type { NodePolicy } from './ports/node-policy.js';

// Graphs
export type { Branches, IncompleteRouting, NodeCursor, OpenGraph, RoutedGraph, Routing } from './graph/graph-cursor.js';
export type { Leaf, Looks, NodeLeaf } from './graph/leaf-types.js';
export type { FlowPlan, PlanEdge, PlanNode } from './graph/flow-plan.js';
export type { Drawable, PictureOptions } from './graph/picture.js';
export { start } from './graph/start.js';
export { toDot } from './graph/to-dot.js';
export { toMermaid } from './graph/to-mermaid.js';
export {
  uncheckedGraph,
  type UncheckedEdge,
  type UncheckedGraphOptions,
  type UncheckedRow,
} from './graph/unchecked-graph.js';
export type { FlowGraph } from './ports/flow-graph.js';

// Running flows
export { createFlow } from './create-flow.js';
export type { CreateFlowOptions } from './assembly/create-flow-options.js';
export type { ParentContainer } from './assembly/container/parent-container.js';
export type { CancelOptions, CollectOptions, EmitOptions, FetchOptions } from './runtime/emit-options.js';
export type { FlowChunkOptions } from './runtime/flow-chunk-options.js';
export type { FlowHealth } from './runtime/flow-health.js';
export type { FlowStall } from './runtime/watch/flow-stall.js';
export type { DependencySnapshot } from './runtime/dependency/dependency-snapshot.js';
export type { FlowSnapshot, FlowState, NodeSnapshot } from './runtime/flow-snapshot.js';
export type { CollectedResults } from './runtime/egress/collected-results.js';
export type { FlowRecorder, FlowRecording, RecordedFlow } from './runtime/flow-recorder.js';
export type { Gathering } from './ports/gathering.js';
export type { InjectedRun, InjectOptions } from './runtime/inject-options.js';
export type { FlowStream } from './runtime/egress/flow-stream.js';
export type { ListenerHandle, PenguiFlow } from './runtime/penguiflow.js';
export type {
  EmitReceipt,
  FlowPort,
  PortCollectOptions,
  PortHealth,
  PortOptions,
  PortStream,
  StreamRestart,
} from './runtime/flow-port.js';
export type { FlowResult } from './runtime/egress/flow-result.js';
export type { RunOptions } from './runtime/run-options.js';
export type { StopOptions, StopResult } from './runtime/stop-options.js';
export { stopOnSignals, type StopOnSignalsOptions } from './runtime/stop-on-signals.js';

// Events
export type { RunKind, RunStatus } from './ports/run-kind.js';

// Parts of flows, for carriers
export { openPart } from './open-part.js';
export type { CarrierEvent, FlowPart } from './runtime/flow-part.js';
export type { RootHost, RootName, RootRequest, RootRun, RootStart } from './runtime/root-run.js';
export type {
  Arrival,
  ArrivalHost,
  ArrivedRun,
  CarriedMessage,
  Departure,
  PartShape,
} from './runtime/border/arrival.js';
export { FLOW_EVENT_TYPES, type FlowEventType } from './events/flow-event-type.js';
export { FlowEvent, type FlowEventInit } from './events/flow-event.js';
export type { FlowListener, FlowSubscription } from './events/flow-listener.js';

// Services a flow asks the container for
export type { Clock, ClockTimer } from './ports/clock.js';
export type { CorrelationScope, FlowLog, LogFields, LogLevel, NodeLogger } from './ports/flow-log.js';
export type {
  AttemptSpan,
  AttemptStart,
  DependencyEnd,
  DependencySpan,
  FlowSpan,
  FlowTracer,
  TraceSpan,
  TraceStart,
  TracedMessage,
} from './ports/flow-tracer.js';
export { combineTracers } from './assembly/combine-tracers.js';
export type { NodeResolver } from './ports/node-resolver.js';
export type { AnyProvider, Provider, ServiceSource } from './ports/provider.js';
export { SystemClock } from './scheduling/system-clock.js';
export { token, type ServiceToken, type Token } from './ports/token.js';
export { CLOCK, CORRELATION, FLOW_LOG, TRACER } from './ports/tokens.js';

// Logging
export { addLogTransport } from './logging/add-log-transport.js';
export { configureLogging, setLogLevel } from './logging/configure-logging.js';
export { correlate, type CorrelateOptions } from './logging/winston/correlate.js';
export type { FlowLoggerOptions } from './logging/flow-logger/flow-logger-options.js';
export { FlowLogger } from './logging/flow-logger/flow-logger.js';
export { getLogger } from './logging/winston/get-logger.js';
export type {
  LoggingDestination,
  LoggingFormat,
  LoggingOptions,
  LoggingOverflow,
} from './logging/sinks/logging-config.js';
export type { LoggingLevel } from './logging/lines/logging-level.js';
export { redact, type Redacted } from './logging/redact.js';
export { pinoTransport, type PinoLogger } from './logging/winston/pino-transport.js';
export { redactFormat } from './logging/winston/redact-format.js';
export type { RedactOptions } from './logging/redact/redact-options.js';
export { loggingStats, shutdownLogging, type LoggingStats } from './logging/shutdown-logging.js';
export { withLogFields } from './logging/scope/with-log-fields.js';
export { EVENT_LOGGER, FLOW_LOGGER_OPTIONS, LOGGER } from './logging/flow-logger/tokens.js';

// Patterns
export { joinFrom, type JoinedPayload, type JoinedPayloads } from './patterns/joins/join-from.js';
export { collect } from './patterns/joins/collect.js';
export { joinK } from './patterns/joins/join-k.js';
export type { JoinFromOptions, JoinOptions } from './patterns/joins/join-options.js';
export { mapConcurrent, type MapConcurrentOptions } from './patterns/map-concurrent.js';
export {
  MapRoutingPolicy,
  type EnvRoutingPolicyOptions,
  type MapRoutingPolicyOptions,
  type RoutingMap,
} from './patterns/map-routing-policy.js';
export { predicateRouter, type RouterOptions } from './patterns/predicate-router.js';
export type { RoutingDecision, RoutingFunction, RoutingPolicy, RoutingRequest } from './patterns/routing-policy.js';
export { chunkToWsJson } from './patterns/streaming/chunk-to-ws-json.js';
export {
  emitStreamEvents,
  type StreamEventOptions,
  type StreamPiece,
} from './patterns/streaming/emit-stream-events.js';
export { formatSseEvent, type SseEventOptions } from './patterns/streaming/format-sse-event.js';
export { unionRouter, type UnionMember, type UnionPayload, type UnionRouterOptions } from './patterns/union-router.js';

// Validation and interceptors
export { arrayOf } from './metadata/array-of.js';
export { oneOf } from './metadata/one-of.js';
export type { ValidateMode } from './ports/node-validation.js';
export type { ArrayShape, PayloadShape, UnionShape } from './ports/payload-shape.js';
export type { SchemaIssue, SchemaResult, StandardSchema } from './ports/standard-schema.js';
export type { Violation } from './validation/violations.js';
export type { InterceptorRef, NextInvocation, NodeInterceptor, NodeInvocation } from './ports/node-interceptor.js';
