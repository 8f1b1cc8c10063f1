import { invalidOption } from '../errors/option-error.js';
import type { Message } from '../message/message.js';
import type { NodeContext, NodeRef } from '../ports/node-context.js';

/** Where a message goes: one successor, several, or none (null drops it). By class or by name. */
export type RoutingDecision = NodeRef | readonly NodeRef[] | null | undefined;

/** What a routing policy knows of the message it decides on. */
export interface RoutingRequest<I = unknown> {
  readonly payload: I;
  /** The envelope with the payload. */
  readonly message: Message;
  readonly traceId: string;
  readonly tenant: string;
  /** The router. */
  readonly nodeName: string;
  /** What the router would do by itself, as it was named. */
  readonly proposed: readonly NodeRef[];
  /** The same as names of nodes. */
  readonly proposedNames: readonly string[];
  readonly context: NodeContext;
}

/** Decides on a request, at once or later. */
export type RoutingFunction<I = never> = (request: RoutingRequest<I>) => RoutingDecision | Promise<RoutingDecision>;

/**
 * What may overrule a router: a function, or an object with `select`. Null drops the message.
 *
 * @example
 * ```ts
 * const onlyPaid: RoutingPolicy<Order> = ({ payload, proposed }) => (payload.paid ? proposed : null);
 * const lanes = predicateRouter('lanes', (order: Order) => order.lane, { policy: onlyPaid });
 * ```
 */
export type RoutingPolicy<I = never> = RoutingFunction<I> | { readonly select: RoutingFunction<I> };

/** Asks a policy, in whichever form it was given. */
export function askPolicy<I>(
  policy: RoutingPolicy<I>,
  request: RoutingRequest<I>,
): RoutingDecision | Promise<RoutingDecision> {
  return typeof policy === 'function' ? policy(request) : policy.select(request);
}

/**
 * Checks a policy that is given to a router.
 * @throws FlowError `INVALID_OPTION`
 */
export function checkPolicy(policy: unknown, owner: string): void {
  const select =
    typeof policy === 'object' && policy !== null ? (policy as { readonly select?: unknown }).select : policy;
  if (policy !== undefined && typeof select !== 'function')
    throw invalidOption('policy', owner, 'a function, or an object with `select`', policy);
}
