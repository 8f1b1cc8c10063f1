import { invalidOption } from '../../errors/option-error.js';
import { FlowError } from '../../errors/flow-error.js';
import { Node, nodeMetadataOf } from '../../metadata/node.js';
import type { Message } from '../../message/message.js';
import type { NodeClass } from '../../ports/flow-node.js';
import type { NodeContext, NodeRef } from '../../ports/node-context.js';
import type { NodeOutput } from '../../ports/node-types.js';
import { JoinCore } from './join-core.js';
import { joinLimits, type JoinOptions } from './join-options.js';

/** What a node that is joined sends: known of a class, unknown of a name. */
export type JoinedPayload<R> = R extends string ? unknown : NodeOutput<R>;

/** What {@link joinFrom} sends on: one payload per node, in the order of the list. */
export type JoinedPayloads<S extends readonly NodeRef[], Missing = never> = {
  -readonly [K in keyof S]: JoinedPayload<S[K]> | Missing;
};

/**
 * Makes a node that collects one message from each of the nodes it names and sends on their payloads, in the order of the
 * list and in the envelope of the first arrival. The second message of a node belongs to the second result of the trace,
 * and so on; none is lost while its trace lives.
 *
 * @param name - of the node
 * @param sources - the upstream nodes, by class or by name
 * @returns a node class of its own for each call
 * @throws FlowError `INVALID_OPTION`; in a run `JOIN_TIMEOUT`, and `NODE_EXCEPTION` for a message from a node it does not name
 * @example
 * ```ts
 * const Offer = joinFrom('offer', [Stock, Credit], { timeoutS: 2 });
 * // process([stock, credit]) of the next node
 * ```
 */
export function joinFrom<const S extends readonly [NodeRef, ...NodeRef[]]>(
  name: string,
  sources: S,
  options: JoinOptions & { readonly onTimeout: 'emit' },
): NodeClass<JoinedPayload<S[number]>, JoinedPayloads<S, undefined>>;
export function joinFrom<const S extends readonly [NodeRef, ...NodeRef[]]>(
  name: string,
  sources: S,
  options?: JoinOptions,
): NodeClass<JoinedPayload<S[number]>, JoinedPayloads<S>>;
export function joinFrom(
  name: string,
  sources: readonly NodeRef[],
  options: JoinOptions = {},
): NodeClass<unknown, never> {
  const owner = `joinFrom "${name}"`;
  const names = checkedNames(sources, owner);
  const limits = joinLimits(options, owner);
  @Node({ name, concurrency: limits.concurrency })
  class JoinFrom {
    readonly #join: JoinCore = new JoinCore({
      size: names.length,
      limits,
      waitsForEmits: true,
      // A class that extends this one may have a policy of its own, and look at what this one gives.
      node: limits.concurrency === 1 && this.constructor === JoinFrom ? this : undefined,
      place: (ctx) => placeOf(ctx, names),
      result: (bucket) => bucket.byPlace(),
      describeMissing: (bucket) => bucket.missing().map((place) => names[place] as string),
    });

    process(payload: unknown, ctx: NodeContext): Message | undefined | Promise<Message | undefined> {
      return this.#join.accept(payload, ctx);
    }
  }
  return JoinFrom as NodeClass<unknown, never>;
}

function checkedNames(sources: readonly NodeRef[], owner: string): readonly string[] {
  if (!Array.isArray(sources) || sources.length === 0)
    throw invalidOption('sources', owner, 'a list of nodes', sources);
  const names = sources.map((ref: NodeRef) => (typeof ref === 'string' ? ref : nodeMetadataOf(ref as NodeClass).name));
  if (new Set(names).size !== names.length) throw invalidOption('sources', owner, 'different nodes', sources);
  return names;
}

function placeOf(ctx: NodeContext, names: readonly string[]): number {
  const place = names.indexOf(ctx.source);
  if (place !== -1) return place;
  throw new FlowError('INVALID_OPTION', {
    message: `Join "${ctx.nodeName}" got a message from "${ctx.source}"; it joins ${names.join(', ')}`,
    hint: 'Name every node that leads to the join.',
    traceId: ctx.traceId,
    nodeName: ctx.nodeName,
  });
}
