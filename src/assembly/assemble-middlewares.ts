import type { FlowSubscription } from '../events/flow-listener.js';
import { subscriptionsOf, isClass } from '../metadata/subscriptions-of.js';
import type { MiddlewareRef } from '../events/middleware-ref.js';
import type { NodeResolver } from '../ports/node-resolver.js';
import type { LifecycleParticipant } from '../runtime/flow-parts.js';
import { lifecycleOf } from './lifecycle-of.js';
import { resolveClass } from './resolve-class.js';

/** The middlewares of a flow, as the runtime takes them. */
export interface AssembledMiddlewares {
  readonly subscriptions: readonly FlowSubscription[];
  readonly participants: readonly LifecycleParticipant[];
}

/**
 * Builds the middlewares that are classes and asks each what it listens to. One that is listed twice counts once.
 * @throws FlowError `MIDDLEWARE_NOT_DECORATED`, `UNRESOLVABLE_DEPENDENCY`
 */
export function assembleMiddlewares(refs: readonly MiddlewareRef[], resolver: NodeResolver): AssembledMiddlewares {
  const middlewares = new Set(refs.map((ref) => (isClass(ref) ? resolveClass<object>(resolver, ref) : ref)));
  const subscriptions: FlowSubscription[] = [];
  const participants: LifecycleParticipant[] = [];
  for (const middleware of middlewares) {
    subscriptions.push(...subscriptionsOf(middleware));
    const participant = lifecycleOf(middleware.constructor.name, middleware);
    if (participant !== undefined) participants.push(participant);
  }
  return { subscriptions: Object.freeze(subscriptions), participants: Object.freeze(participants) };
}
