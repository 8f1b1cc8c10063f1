import { FlowError } from '../errors/flow-error.js';
import { invalidOption } from '../errors/option-error.js';
import { Node } from '../metadata/node.js';
import type { NodePolicyOptions } from '../metadata/resolve-policy.js';
import type { Class, NodeClass } from '../ports/flow-node.js';
import type { NodeContext } from '../ports/node-context.js';
import type { PayloadShape } from '../ports/payload-shape.js';
import type { RouterOptions } from './predicate-router.js';
import { MessageRoutes } from './route-message.js';
import { checkPolicy, type RoutingDecision } from './routing-policy.js';

/** One member of a union: a class, or the `kind` of plain objects. */
export type UnionMember = Class | string;

/** The payloads that a list of members stands for. */
export type UnionPayload<M> = M extends Class<infer T> ? T : M extends string ? { readonly kind: M } : never;

/** Options of {@link unionRouter}. */
export interface UnionRouterOptions<I> extends RouterOptions<I> {
  /** Checks what arrives: with `oneOf(Circle, Square)` plain objects become instances before they are sent on. @defaultValue none */
  readonly input?: PayloadShape<I>;
  /** Successors by kind, where the node is not named like the kind. @defaultValue none */
  readonly routes?: Readonly<Record<string, RoutingDecision>>;
}

/**
 * Makes a node that sends each message to the successor named like its kind: the payload's `kind` where that is a string,
 * else the name of the member class it is an instance of.
 *
 * @param name - of the node
 * @param members - the union: classes, kinds of plain objects, or both
 * @returns a node class of its own for each call
 * @throws FlowError `INVALID_OPTION`; in a run `UNROUTED_MESSAGE` for a payload that is no member, `UNKNOWN_TARGET` when no
 * successor has the name
 * @example
 * ```ts
 * const Shapes = unionRouter('shapes', [Circle, Square], { routes: { Square: DrawSquare } });
 * // readonly graph = start(Shapes).on(Circle, CircleNode).on(Square, DrawSquare);
 * ```
 */
export function unionRouter<const M extends readonly UnionMember[]>(
  name: string,
  members: M,
  options: UnionRouterOptions<UnionPayload<M[number]>> = {},
): NodeClass<UnionPayload<M[number]>, UnionPayload<M[number]>> {
  const { policy, routes, ...nodeOptions } = options;
  checkPolicy(policy, `unionRouter "${name}"`);
  if (!Array.isArray(members) || members.length === 0) {
    throw invalidOption('members', `unionRouter "${name}"`, 'a list of classes or kinds', members);
  }
  const byKind = new Map(Object.entries(routes ?? {}));
  // Whether `input` agrees with the members is in the type of the options.
  @Node({ ...(nodeOptions as NodePolicyOptions), concurrency: nodeOptions.concurrency ?? 1, name })
  class UnionRouter {
    readonly #routes = new MessageRoutes<UnionPayload<M[number]>>(policy);

    process(payload: UnionPayload<M[number]>, ctx: NodeContext): Promise<void> {
      const kind = kindOf(payload, members, ctx);
      return this.#routes.send(payload, byKind.has(kind) ? byKind.get(kind) : kind, ctx);
    }
  }
  return UnionRouter;
}

function kindOf(payload: unknown, members: readonly UnionMember[], ctx: NodeContext): string {
  const kind: unknown = typeof payload === 'object' && payload !== null && 'kind' in payload ? payload.kind : undefined;
  if (typeof kind === 'string' && members.includes(kind)) return kind;
  const own = members.find((member) => typeof member === 'function' && payload?.constructor === member);
  const member = own ?? members.find((member) => typeof member === 'function' && payload instanceof member);
  if (member !== undefined) return typeof kind === 'string' ? kind : (member as Class).name;
  const known = members.map((each) => (typeof each === 'string' ? each : each.name)).join(', ');
  throw new FlowError('UNROUTED_MESSAGE', {
    message: `Node "${ctx.nodeName}" got a payload that is no member of its union: ${known}`,
    hint: 'Add its class or kind to the members of the router.',
    traceId: ctx.traceId,
    nodeName: ctx.nodeName,
  });
}
