import { FlowError, describeThrown } from '../errors/flow-error.js';
import type { FlowListener, FlowSubscription } from '../events/flow-listener.js';
import { compilePlan } from '../graph/compile-plan.js';
import type { FlowPlan, PlanNode } from '../graph/flow-plan.js';
import { flowMetadataOf } from '../metadata/flow.js';
import { nodeMetadataOf } from '../metadata/node.js';
import { isClass } from '../metadata/subscriptions-of.js';
import type { FlowClass } from '../ports/flow-class.js';
import type { FlowGraph } from '../ports/flow-graph.js';
import type { FlowNode } from '../ports/flow-node.js';
import type { FlowLog } from '../ports/flow-log.js';
import type { FlowTracer } from '../ports/flow-tracer.js';
import type { NodeResolver } from '../ports/node-resolver.js';
import type { AnyProvider } from '../ports/provider.js';
import { assembleCalls } from './assemble-calls.js';
import { assembleMiddlewares } from './assemble-middlewares.js';
import { builtInServices } from './built-in-services.js';
import { combineTracers } from './combine-tracers.js';
import { checkCreateFlowOptions, type FlowAssemblyOptions } from './create-flow-options.js';
import { nameOf, UNLIMITED, type DisposeFailure, type DisposeTime } from './container/disposal.js';
import type { FlowParts, LateRecording } from '../runtime/flow-parts.js';
import type { FlowRecorder, FlowRecording } from '../runtime/flow-recorder.js';
import { GuardedTracer } from './guarded-tracer.js';
import { assembleInterceptors, flowInterceptors } from './assemble-interceptors.js';
import { claimFlowName } from './flow-name-registry.js';
import { resolveClass } from './resolve-class.js';
import { TsyringeResolver } from './container/tsyringe-resolver.js';
import { warnOfLongTimeouts } from './warn-of-long-timeouts.js';
import { warnOfShortNames } from './warn-of-short-names.js';

/** What a flow runs with, and how others find its services. */
export interface AssembledFlow extends FlowParts {
  /** For one that was never handed out: frees its name at once, and disposes of what was built. */
  discard(): void;
  /** For the flows of its playbooks. */
  readonly inherit: Pick<FlowAssemblyOptions, 'container' | 'resolver' | 'concurrency' | 'history'>;
  readonly recording: FlowRecording | undefined;
}

/**
 * Makes everything a flow runs with: reads what the decorators wrote, builds the flow class, its nodes and middlewares
 * from the container, and freezes the plan. Starts nothing. When it fails, what was built is disposed.
 *
 * @param shape - which nodes of it; all when left out
 * @param defaults - providers of CLOCK, FLOW_LOG and CORRELATION, used where the user bound none
 * @throws FlowError `INVALID_OPTION`, `FLOW_NOT_DECORATED`, `DUPLICATE_FLOW_NAME`, `UNRESOLVABLE_DEPENDENCY`, `PROCESS_MISSING`,
 * `MIDDLEWARE_NOT_DECORATED`, `PACKAGE_MISSING`, and what `compilePlan` throws
 */
export function assembleFlow(
  flowClass: FlowClass,
  options: FlowAssemblyOptions,
  defaults: readonly AnyProvider[],
  shape?: FlowParts['part'] | ((plan: FlowPlan) => FlowParts['part']),
): AssembledFlow {
  const metadata = flowMetadataOf(flowClass);
  checkCreateFlowOptions(options, `createFlow(${flowClass.name})`);
  const releaseName = claimFlowName(metadata.name, flowClass);
  let log: FlowLog | undefined;
  let recording: FlowRecording | undefined;
  const late = new Set<FlowRecording>();
  const onDisposeFailure: DisposeFailure = (service, error) => {
    const fields = { service: nameOf(service), error: describeThrown(error) };
    log?.write('warn', 'a service of the flow could not be disposed', fields, { flow_name: metadata.name });
  };
  const resolver = orRelease(releaseName, () => resolverFor(options, defaults, onDisposeFailure));
  const dispose = async (time: DisposeTime = UNLIMITED): Promise<readonly string[]> => {
    try {
      return await disposeOf(resolver, time);
    } catch (error) {
      onDisposeFailure(resolver, error);
      return [];
    } finally {
      recording?.closed();
      for (const each of late) each.closed();
      releaseName();
    }
  };
  const discard = (): void => {
    // At once, so that the next try has the name; `dispose` never rejects, and there is nobody to wait for it here.
    releaseName();
    void dispose();
  };
  try {
    const services = builtInServices(resolver, defaults);
    log = services.log;
    const { graph } = resolveClass(resolver, flowClass);
    const concurrency = metadata.concurrency ?? options.concurrency;
    const plan = compilePlan(graph as FlowGraph, { flowName: metadata.name, options: { ...metadata, concurrency } });
    const part = typeof shape === 'function' ? shape(plan) : shape;
    const planned = plan.nodes.filter(({ name }) => part === undefined || part.members.has(name));
    warnOfLongTimeouts(planned);
    warnOfShortNames(flowClass, plan);
    const listed = [...metadata.middlewares, ...(options.middlewares ?? [])];
    const wrapped = flowInterceptors(options.interceptors, metadata.interceptors, `createFlow(${flowClass.name})`);
    announceParts(resolver, planned, [...listed, ...wrapped]);
    const nodes = buildNodes(planned, resolver);
    const { subscriptions, participants } = assembleMiddlewares(listed, resolver);
    const interceptors = assembleInterceptors(planned, wrapped, resolver);
    const calls = assembleCalls(planned, nodes, interceptors.byNode);
    const recorded = { plan, clock: services.clock, log: services.log };
    recording = options.history?.record(recorded);
    const middlewares = [...participants, ...interceptors.participants];
    return Object.freeze({
      plan,
      part,
      nodes,
      calls,
      subscriptions: recording === undefined ? subscriptions : [...subscriptions, subscriptionOf(recording, plan)],
      middlewares,
      ...services,
      tracer: recording === undefined ? services.tracer : withRecording(services.tracer, recording, services.log),
      recording,
      record: (recorder: FlowRecorder): LateRecording | undefined => {
        if (recorder === options.history) return undefined;
        const begun = recorder.record(recorded);
        late.add(begun);
        const beside = (tracer: FlowTracer | undefined): FlowTracer => withRecording(tracer, begun, services.log);
        const close = (): void => {
          if (late.delete(begun)) begun.closed();
        };
        return { opened: (handle) => begun.opened(handle), subscription: subscriptionOf(begun, plan), beside, close };
      },
      inherit: inheritedFrom(resolver, options),
      discard,
      dispose,
    });
  } catch (error) {
    discard();
    throw error;
  }
}

/** Gives the name back at once when there is no flow to have it. */
function orRelease<T>(release: () => void, make: () => T): T {
  try {
    return make();
  } catch (error) {
    release();
    throw error;
  }
}

function resolverFor(
  options: FlowAssemblyOptions,
  defaults: readonly AnyProvider[],
  onDisposeFailure: DisposeFailure,
): NodeResolver {
  const { resolver, container, providers } = options;
  return resolver ?? new TsyringeResolver({ parent: container, providers, defaults, onDisposeFailure });
}

async function disposeOf(resolver: NodeResolver, time: DisposeTime): Promise<readonly string[]> {
  if (resolver instanceof TsyringeResolver) return resolver.disposeWithin(time);
  return (await time.holds(resolver.dispose())) ? [] : [nameOf(resolver)];
}

/** A playbook's container is a child of the calling flow's; a resolver of the user's serves both. */
function inheritedFrom(
  resolver: NodeResolver,
  { concurrency, history }: FlowAssemblyOptions,
): AssembledFlow['inherit'] {
  const services = resolver instanceof TsyringeResolver ? { container: resolver.container } : { resolver };
  return {
    ...services,
    ...(concurrency === undefined ? undefined : { concurrency }),
    ...(history === undefined ? undefined : { history }),
  };
}

/** Beside the tracer that somebody bound; what it throws fails no run either. */
function withRecording(tracer: FlowTracer | undefined, recording: FlowRecording, log: FlowLog): FlowTracer {
  const recorder = new GuardedTracer(recording.tracer, log);
  return tracer === undefined ? recorder : combineTracers(tracer, recorder);
}

/** The flow waits for what is recorded when it stops, and tells of what no tracer hears. */
function subscriptionOf(recording: FlowRecording, { flowName }: FlowPlan): FlowSubscription {
  const listener: FlowListener = (event) => {
    // The flows that this one calls tell of their own.
    if (event.flowName !== flowName) return;
    recording.skipped?.(event.runId as number, event.nodeName as string, event.extra['deadline_s'] as number);
  };
  const types = recording.skipped === undefined ? [] : (['deadline_skip'] as const);
  return { name: 'history', types, listener, silent: () => true, flush: () => recording.flush() };
}

/** Before the first of them is built: one may need another, which is to be the same then. */
function announceParts(resolver: NodeResolver, nodes: readonly PlanNode[], listed: readonly unknown[]): void {
  if (!(resolver instanceof TsyringeResolver)) return;
  const ofNodes = nodes.flatMap(({ nodeClass }) => [nodeClass, ...nodeMetadataOf(nodeClass).interceptors]);
  resolver.keepOne([...ofNodes, ...listed].filter(isClass));
}

function buildNodes(planned: readonly PlanNode[], resolver: NodeResolver): ReadonlyMap<string, FlowNode> {
  const nodes = new Map<string, FlowNode>();
  for (const { name, id, nodeClass } of planned) {
    const node = resolveClass<FlowNode>(resolver, nodeClass);
    if (typeof node.process !== 'function') {
      throw new FlowError('PROCESS_MISSING', {
        message: `Node "${name}" has no \`process\` function`,
        nodeName: name,
        nodeId: id,
      });
    }
    nodes.set(name, node);
  }
  return nodes;
}
