import { invalidOption } from '../errors/option-error.js';
import { Node } from '../metadata/node.js';
import type { NodePolicyOptions } from '../metadata/resolve-policy.js';
import type { NodeClass } from '../ports/flow-node.js';
import type { NodeContext } from '../ports/node-context.js';
import { MessageRoutes } from './route-message.js';
import { checkPolicy, type RoutingDecision, type RoutingPolicy } from './routing-policy.js';

/** Options of a router, besides those of any node (`timeoutS`, `maxRetries` …). Its `concurrency` is 1 unless it is said here, whatever its flow says: it keeps the order. */
export interface RouterOptions<I> extends NodePolicyOptions {
  /** Has the last word on where a message goes. @defaultValue none */
  readonly policy?: RoutingPolicy<I>;
}

/**
 * Makes a node that sends each message, unchanged, to the successors a predicate names. Connect the router to all of
 * them; each must accept everything the router takes.
 *
 * @param name - of the node
 * @param predicate - gives a successor by class or name, a list of them, or null to drop the message; sync or async
 * @returns a node class of its own for each call
 * @throws FlowError `INVALID_OPTION`; in a run `UNKNOWN_TARGET` when a successor of that name does not exist
 * @example
 * ```ts
 * const Lanes = predicateRouter('lanes', (order: Order) => (order.express ? Fast : 'slow'));
 * // readonly graph = start(Lanes).to(Fast, Slow);
 * ```
 */
export function predicateRouter<I>(
  name: string,
  predicate: (payload: I, ctx: NodeContext) => RoutingDecision | Promise<RoutingDecision>,
  options: RouterOptions<I> = {},
): NodeClass<I, I> {
  if (typeof predicate !== 'function') {
    throw invalidOption('predicate', `predicateRouter "${name}"`, 'a function', predicate);
  }
  const { policy, ...nodeOptions } = options;
  checkPolicy(policy, `predicateRouter "${name}"`);
  @Node({ ...nodeOptions, concurrency: nodeOptions.concurrency ?? 1, name })
  class PredicateRouter {
    readonly #routes = new MessageRoutes<I>(policy);

    async process(payload: I, ctx: NodeContext): Promise<void> {
      await this.#routes.send(payload, await predicate(payload, ctx), ctx);
    }
  }
  return PredicateRouter;
}
