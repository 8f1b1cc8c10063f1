import type { Logger } from 'winston';

import type { EventBus } from './events/event-bus.js';
import { boundTo } from './logging/winston/bound-logger.js';
import { activeCorrelation } from './logging/scope/correlation-scope.js';
import { getLogger } from './logging/winston/get-logger.js';
import { EVENT_LOGGER, LOGGER } from './logging/flow-logger/tokens.js';
import { WinstonFlowLog } from './logging/winston/winston-flow-log.js';
import type { FlowClass, FlowInput, FlowOutput } from './ports/flow-class.js';
import packages from './packages/packages.cjs';
import type { FlowTracer } from './ports/flow-tracer.js';
import type { AnyProvider, Provider, ServiceSource } from './ports/provider.js';
import type { FlowPlan } from './graph/flow-plan.js';
import { SystemClock } from './scheduling/system-clock.js';
import { CLOCK, CORRELATION, FLOW_LOG } from './ports/tokens.js';
import { assembleFlow } from './assembly/assemble-flow.js';
import { isDisposed } from './assembly/container/open-container.js';
import type { CreateFlowOptions, FlowAssemblyOptions } from './assembly/create-flow-options.js';
import { combineTracers } from './assembly/combine-tracers.js';
import type { PartShape } from './runtime/border/arrival.js';
import { PART_TRACER } from './runtime/border/part-tracer.js';
import { FlowRuntime } from './runtime/flow-runtime.js';
import type { PlaybookOpener } from './runtime/playbooks.js';
import type { PenguiFlow } from './runtime/penguiflow.js';

/**
 * Makes a flow from its class: a container of its own, one instance of each node, the checked graph. Starts nothing.
 *
 * @param flowClass - a class with `@Flow` and a `graph` field
 * @returns the handle; `run()` starts it, `stop()` ends it and disposes what was built for it
 * @throws FlowError at once for everything that is wrong with the declaration: `FLOW_NOT_DECORATED`,
 * `NODE_NOT_DECORATED`, `UNRESOLVABLE_DEPENDENCY`, `METADATA_MISSING`, `GRAPH_MISSING`, `EMPTY_GRAPH`, `GRAPH_CYCLE`,
 * `NODE_UNREACHABLE`, `DUPLICATE_NODE`, `DUPLICATE_EDGE`, `DUPLICATE_FLOW_NAME`, `PROCESS_MISSING`,
 * `MIDDLEWARE_NOT_DECORATED`, `INVALID_OPTION`
 * @example
 * ```ts
 * await using flow = createFlow(Orders, { providers: [{ token: Catalog, useValue: catalog }] });
 * await flow.run();
 * const receipt = await flow.call(new Order('a-1', 2));
 * ```
 */
export function createFlow<C extends FlowClass, P extends readonly AnyProvider[] | [] = readonly Provider[]>(
  flowClass: C,
  options: CreateFlowOptions<P> = {},
): PenguiFlow<FlowInput<C>, FlowOutput<C>> {
  return openFlow<FlowInput<C>, FlowOutput<C>>(flowClass, options as FlowAssemblyOptions);
}

/**
 * Makes a flow, or a part of one.
 *
 * @param observer - the event bus of the flow whose node calls this one
 * @param part - which nodes of it; all when left out
 */
export function openFlow<In, Out>(
  flowClass: FlowClass,
  options: FlowAssemblyOptions,
  observer?: EventBus,
  part?: PartShape | ((plan: FlowPlan) => PartShape),
): FlowRuntime<In, Out> {
  const assembled = assembleFlow(flowClass, options, defaultProviders(options), part);
  const parts = part === undefined ? assembled : { ...assembled, tracer: tracerOfPart(assembled.tracer) };
  const openPlaybook: PlaybookOpener = (playbook, bus) =>
    openFlow<unknown, unknown>(playbook as FlowClass, parts.inherit, bus);
  try {
    const flow = new FlowRuntime<In, Out>(parts, openPlaybook, observer);
    parts.recording?.opened(flow);
    return flow;
  } catch (error) {
    // A subscription of the user's may throw when it is attached.
    parts.discard();
    throw error;
  }
}

/** Beside the tracer that somebody bound. */
function tracerOfPart(bound: FlowTracer | undefined): FlowTracer {
  return bound === undefined ? PART_TRACER : combineTracers(bound, PART_TRACER);
}

/** What a flow runs with where the user binds nothing else. */
function defaultProviders(options: FlowAssemblyOptions): readonly AnyProvider[] {
  const common: readonly AnyProvider[] = [
    { token: CLOCK, useFactory: () => new SystemClock() },
    { token: CORRELATION, useFactory: () => activeCorrelation },
  ];
  // With a logger of the user's, everything goes there. Without one, only a node that asks for `LOGGER` gets the
  // correlated one: events and `ctx.logger` carry their ids anyway, and correlation has a price.
  if (bindsLogger(options)) {
    return [
      ...common,
      { token: EVENT_LOGGER, useFactory: boundLogger },
      { token: FLOW_LOG, useFactory: (services) => new WinstonFlowLog(boundLogger(services)) },
    ];
  }
  return [
    ...common,
    { token: LOGGER, useFactory: () => getLogger() },
    { token: FLOW_LOG, useFactory: () => new WinstonFlowLog() },
  ];
}

/** The user's logger, its lines inside nodes correlated and redacted. */
function boundLogger(services: ServiceSource): Logger {
  return boundTo('LOGGER', services.resolve(LOGGER));
}

function bindsLogger(options: FlowAssemblyOptions): boolean {
  // What is wrong with the options is said by the assembly, in its own words.
  const { container, providers, resolver } = (options as Partial<FlowAssemblyOptions> | null) ?? {};
  if (resolver !== undefined) return typeof resolver?.has === 'function' && resolver.has(LOGGER);
  const listed =
    Array.isArray(providers) && providers.some((provider: AnyProvider | undefined) => provider?.token === LOGGER);
  const parent = container === undefined ? packages.tsyringe?.container : container;
  return (
    listed || (typeof parent?.isRegistered === 'function' && !isDisposed(parent) && parent.isRegistered(LOGGER, true))
  );
}
