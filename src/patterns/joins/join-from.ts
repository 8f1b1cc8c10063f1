import { invalidOption, rejectUnknownOptions } from '../../errors/option-error.js';
import { describeThrown, FlowError } from '../../errors/flow-error.js';
import { isThenable, toPromise } from '../../message/is-thenable.js';
import { Node, nodeMetadataOf } from '../../metadata/node.js';
import type { Message } from '../../message/message.js';
import type { NodeClass } from '../../ports/flow-node.js';
import { GATHERS } from '../../ports/gathering.js';
import type { NodeContext, NodeRef } from '../../ports/node-context.js';
import { JOINED_SOURCES, type JoinedSources } from '../../ports/joined-sources.js';
import type { NodeOutput } from '../../ports/node-types.js';
import { originOf } from '../../trace-local/trace-local.js';
import { JoinCore, type JoinRules } from './join-core.js';
import { JOIN_OPTIONS, joinLimits, type JoinFromOptions } from './join-options.js';

/** What a node that is joined sends: known of a class, unknown of a name. */
export type JoinedPayload<R> = R extends string ? unknown : NodeOutput<R>;

/** What {@link joinFrom} sends on: one payload per node, in the order of the list. */
export type JoinedPayloads<S extends readonly NodeRef[], Missing = never> = {
  -readonly [K in keyof S]: JoinedPayload<S[K]> | Missing;
};

/**
 * Makes a node that collects one message from each of the nodes it names and sends on their payloads, in the order of the
 * list and in the envelope of the first arrival. Those belong together that descend from one emission of the nearest node that all
 * come through, whatever was dropped, retried or overtaken on the way; `by` may name a key instead, or the order.
 *
 * @param name - of the node
 * @param sources - the upstream nodes, by class or by name
 * @returns a node class of its own for each call
 * @throws FlowError `INVALID_OPTION`, also when the flow is made, for a node that does not lead here; in a run `JOIN_TIMEOUT`, and `NODE_EXCEPTION` for a message from a node it does not name
 * @example
 * ```ts
 * const Offer = joinFrom('offer', [Stock, Credit], { timeoutS: 2 });
 * // process([stock, credit]) of the next node
 * ```
 */
export function joinFrom<const S extends readonly [NodeRef, ...NodeRef[]]>(
  name: string,
  sources: S,
  options: JoinFromOptions<JoinedPayload<S[number]>> & { readonly onTimeout: 'emit' },
): NodeClass<JoinedPayload<S[number]>, JoinedPayloads<S, undefined>>;
export function joinFrom<const S extends readonly [NodeRef, ...NodeRef[]]>(
  name: string,
  sources: S,
  options?: JoinFromOptions<JoinedPayload<S[number]>>,
): NodeClass<JoinedPayload<S[number]>, JoinedPayloads<S>>;
export function joinFrom(
  name: string,
  sources: readonly NodeRef[],
  options: JoinFromOptions = {},
): NodeClass<unknown, never> {
  const owner = `joinFrom "${name}"`;
  const names = checkedNames(sources, owner);
  const { by = 'origin', ...rest } = checkedOptions(options, owner);
  const limits = joinLimits(rest, owner);
  const sourcesOfJoin: JoinedSources = Object.freeze({ names: Object.freeze([...names]), byOrigin: by === 'origin' });
  @Node({ name, concurrency: 1 })
  class JoinFrom {
    static readonly [GATHERS] = 'join';
    static readonly [JOINED_SOURCES] = sourcesOfJoin;
    readonly #join: JoinCore = new JoinCore({
      size: names.length,
      sources: names,
      limits,
      // A class that extends this one may have a policy of its own, and look at what this one gives.
      node: this.constructor === JoinFrom ? this : undefined,
      ...keyRule(by),
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

/** @throws FlowError `INVALID_OPTION` */
function checkedOptions(options: JoinFromOptions, owner: string): JoinFromOptions {
  rejectUnknownOptions(options, ['by', ...JOIN_OPTIONS], owner);
  const by: unknown = options.by;
  if (by === undefined || by === 'origin' || by === 'order' || typeof by === 'function') return options;
  throw invalidOption('by', owner, "'origin', 'order' or a function that gives a key", by);
}

function keyRule(by: NonNullable<JoinFromOptions['by']>): Pick<JoinRules, 'key'> {
  if (by === 'order') return {};
  if (by === 'origin') return { key: (_payload, ctx) => originOf(ctx) };
  return { key: (payload, ctx) => keyOf(by, payload, ctx) };
}

/** @throws FlowError `INVALID_OPTION` when there is no key at once */
function keyOf(by: Exclude<JoinFromOptions['by'], string | undefined>, payload: unknown, ctx: NodeContext): unknown {
  let key: unknown;
  try {
    key = by(payload, ctx.message);
    if (!isThenable(key)) return key;
  } catch (error) {
    throw noKey('threw', ctx, error);
  }
  // The answer comes too late, and so would its failure.
  toPromise(key).catch(() => {});
  throw noKey('answered with a promise', ctx, undefined);
}

function noKey(what: string, ctx: NodeContext, cause: unknown): FlowError {
  return new FlowError('INVALID_OPTION', {
    message: `\`by\` of join "${ctx.nodeName}" ${what}${cause === undefined ? '' : `: ${describeThrown(cause)}`}`,
    hint: 'Give a function that makes a key of every message, at once.',
    traceId: ctx.traceId,
    nodeName: ctx.nodeName,
    cause,
  });
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
