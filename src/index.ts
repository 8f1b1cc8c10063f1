import 'reflect-metadata';

export { FLOW_ERRORS, type FlowErrorCode, type FlowErrorEntry } from './errors/flow-error-code.js';
export { FlowError, type FlowErrorInit, type FlowErrorPayload } from './errors/flow-error.js';
export { NonRetryableError } from './errors/non-retryable-error.js';
export { DEFAULT_TENANT, type Headers } from './message/headers.js';
export { Message, type MessageInit } from './message/message.js';
export { StreamChunk } from './message/stream-chunk.js';
export { FLOW_EVENT_TYPES, type FlowEventType } from './events/flow-event-type.js';
export { FlowEvent, type FlowEventInit } from './events/flow-event.js';
export type { FlowListener } from './events/flow-listener.js';
export type { Clock, ClockTimer } from './ports/clock.js';
export type { CorrelationScope, FlowLog, LogFields, LogLevel, NodeLogger } from './ports/flow-log.js';
export type { Class, FlowNode, NodeClass, NodeResult } from './ports/flow-node.js';
export type { EmitTargets, NodeContext, NodeRef } from './ports/node-context.js';
export type { NodeResolver, Token } from './ports/node-resolver.js';
export { SystemClock } from './ports/system-clock.js';
export { CLOCK, CORRELATION, FLOW_LOG } from './ports/tokens.js';
export type { NodePolicy } from './ports/node-policy.js';
export type { FlowPlan, PlanEdge, PlanNode } from './graph/flow-plan.js';
export { createFlow } from './create-flow.js';
export { Node, type NodeOptions } from './metadata/node.js';
export { Flow, type FlowOptions } from './metadata/flow.js';
export { Middleware } from './metadata/middleware.js';
export { OnFlowEvent } from './metadata/on-flow-event.js';
export { start } from './graph/start.js';
export { uncheckedGraph } from './graph/unchecked-graph.js';
export { PenguiFlow, type Subscription } from './runtime/penguiflow.js';
export { configureLogging, setLogLevel } from './logging/configure-logging.js';
export { correlate } from './logging/correlate.js';
export { FlowLogger } from './logging/flow-logger.js';
export { getLogger } from './logging/get-logger.js';
export { shutdownLogging } from './logging/shutdown-logging.js';
export { EVENT_LOGGER, FLOW_LOGGER_OPTIONS, LOGGER } from './logging/tokens.js';
export { FinalAnswer } from './message/final-answer.js';
export { DEFAULT_BUDGET_HOPS, WorkingMemory, type WorkingMemoryInit } from './message/working-memory.js';
export { joinFrom, type JoinedPayload, type JoinedPayloads } from './patterns/join-from.js';
export { joinK } from './patterns/join-k.js';
export type { JoinOptions } from './patterns/join-options.js';
export { mapConcurrent, type MapConcurrentOptions } from './patterns/map-concurrent.js';
export {
  MapRoutingPolicy,
  type EnvRoutingPolicyOptions,
  type MapRoutingPolicyOptions,
  type RoutingMap,
} from './patterns/map-routing-policy.js';
export { predicateRouter, type RouterOptions } from './patterns/predicate-router.js';
export type { RoutingDecision, RoutingFunction, RoutingPolicy, RoutingRequest } from './patterns/routing-policy.js';
export { unionRouter, type UnionMember, type UnionPayload, type UnionRouterOptions } from './patterns/union-router.js';
export type { FlowClass, FlowInput, FlowOutput } from './ports/flow-class.js';
export type { Provider } from './ports/provider.js';
export type { UncheckedEdge, UncheckedGraphOptions, UncheckedRow } from './graph/unchecked-graph.js';
export type { CreateFlowOptions } from './runtime/create-flow-options.js';
