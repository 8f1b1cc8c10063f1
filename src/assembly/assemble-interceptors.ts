import { invalidOption } from '../errors/option-error.js';
import type { PlanNode } from '../graph/flow-plan.js';
import { nodeMetadataOf } from '../metadata/node.js';
import { resolveInterceptors } from '../metadata/resolve-interceptors.js';
import type { InterceptorRef, NodeInterceptor } from '../ports/node-interceptor.js';
import type { NodeResolver } from '../ports/node-resolver.js';
import type { LifecycleParticipant } from '../runtime/flow-parts.js';
import { lifecycleOf } from './lifecycle-of.js';
import { resolveClass } from './resolve-class.js';

/** The interceptors of a flow, as the runtime takes them. */
export interface AssembledInterceptors {
  /** By node name, the outermost first. */
  readonly byNode: ReadonlyMap<string, readonly NodeInterceptor[]>;
  readonly participants: readonly LifecycleParticipant[];
}

/**
 * Builds the interceptors that are classes, one instance per flow. One that is listed twice for a node runs once, at its
 * outermost place.
 *
 * @param forAll - those of every node, the outermost first
 * @throws FlowError `INVALID_OPTION`, `UNRESOLVABLE_DEPENDENCY`
 */
export function assembleInterceptors(
  nodes: readonly PlanNode[],
  forAll: readonly InterceptorRef[],
  resolver: NodeResolver,
): AssembledInterceptors {
  const built = new Map<InterceptorRef, NodeInterceptor>();
  const build = (ref: InterceptorRef): NodeInterceptor => {
    const interceptor = built.get(ref) ?? instanceOf(ref, resolver);
    built.set(ref, interceptor);
    return interceptor;
  };
  const byNode = new Map(
    nodes.map(({ name, nodeClass }) => {
      const refs = [...forAll, ...nodeMetadataOf(nodeClass).interceptors];
      return [name, [...new Set(refs.map(build))]] as const;
    }),
  );
  const participants = [...new Set(built.values())]
    .map((interceptor) => lifecycleOf(interceptor.constructor.name, interceptor))
    .filter((participant) => participant !== undefined);
  return { byNode, participants };
}

/** What `createFlow` lists comes from outside of the decorators, so it is checked here. */
export function flowInterceptors(
  ofCall: readonly InterceptorRef[] | undefined,
  ofFlow: readonly InterceptorRef[],
  owner: string,
): readonly InterceptorRef[] {
  return [...resolveInterceptors(ofCall, owner), ...ofFlow];
}

function instanceOf(ref: InterceptorRef, resolver: NodeResolver): NodeInterceptor {
  const interceptor = typeof ref === 'function' ? resolveClass<NodeInterceptor>(resolver, ref) : ref;
  if (typeof interceptor?.intercept === 'function') return interceptor;
  const name = typeof ref === 'function' ? ref.name : 'an object';
  throw invalidOption('interceptors', name, 'a class with an `intercept` method', interceptor);
}
