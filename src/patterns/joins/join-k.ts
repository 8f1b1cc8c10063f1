import { invalidOption } from '../../errors/option-error.js';
import { Node } from '../../metadata/node.js';
import type { Message } from '../../message/message.js';
import type { NodeClass } from '../../ports/flow-node.js';
import { GATHERS } from '../../ports/gathering.js';
import type { NodeContext } from '../../ports/node-context.js';
import { JoinCore } from './join-core.js';
import { joinLimits, type JoinOptions } from './join-options.js';

/**
 * Makes a node that collects `k` messages of one trace and sends on a list of their payloads, in the order in which they
 * arrived and in the envelope of the first. The next `k` make the next list. A message that waits keeps its trace
 * active until the list is complete, the trace is cancelled or late, or the flow stops; a `call` does not wait for a list
 * that nothing can complete any more.
 *
 * @param name - of the node
 * @param k - messages per list, from 1
 * @returns a node class of its own for each call
 * @throws FlowError `INVALID_OPTION`; in a run `JOIN_TIMEOUT`
 * @example
 * ```ts
 * const Both = joinK<Quote>('both', 2);
 * // readonly graph = start(Ask).to(AskAcme, AskZed).from(AskAcme).to(Both).from(AskZed).to(Both);
 * ```
 */
export function joinK<I>(name: string, k: number, options: JoinOptions = {}): NodeClass<I, I[]> {
  const owner = `joinK "${name}"`;
  if (!Number.isSafeInteger(k) || k < 1) throw invalidOption('k', owner, 'a whole number >= 1', k);
  const limits = joinLimits(options, owner);
  @Node({ name, concurrency: 1 })
  class JoinK {
    static readonly [GATHERS] = 'join';
    readonly #join: JoinCore = new JoinCore({
      size: k,
      limits,
      // A class that extends this one may have a policy of its own, and look at what this one gives.
      node: this.constructor === JoinK ? this : undefined,
      place: () => undefined,
      result: (bucket) => bucket.inOrder(),
      describeMissing: (bucket) => [`${bucket.missing().length} of ${k} messages`],
    });

    process(payload: I, ctx: NodeContext): Message<I[]> | undefined | Promise<Message<I[]> | undefined> {
      return this.#join.accept(payload, ctx) as Message<I[]> | undefined | Promise<Message<I[]> | undefined>;
    }
  }
  return JoinK;
}
