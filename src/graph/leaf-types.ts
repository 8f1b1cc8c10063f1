import type { NodeClass } from '../ports/flow-node.js';
import type { InstanceOutput } from '../ports/node-types.js';
import type { IsMember, Same } from '../ports/same-type.js';

/** A node that nothing follows yet, and what it lets out of the flow. */
export interface Leaf<N = unknown, Out = unknown> {
  readonly node: N;
  readonly out: Out;
}

/** A leaf that lets out all it emits. An interface, because the compiler would evaluate an alias again at each step after it. */
export interface NodeLeaf<N extends Looks = Looks> extends Leaf<N, InstanceOutput<N['instance']>> {
  readonly node: N;
}

/** What the compiler tells node classes apart by; the class itself it would go through again at each step. */
export interface Looks<I = unknown, P = unknown> {
  readonly instance: I;
  readonly parameters: P;
}

/** What the leaves let out together. */
export type LeafOutput<L extends readonly Leaf[]> = L[number]['out'];

/**
 * Adds targets as leaves. One that is there already (several nodes lead to it) is not added again; two that look alike
 * in one fan-out are both added.
 */
export type AddLeaves<L extends readonly Leaf[], T extends readonly NodeClass[]> = [...NewLeaves<L, AllLooks<T>>, ...L];

type AllLooks<T extends readonly NodeClass[]> = { [K in keyof T]: LooksOf<T[K]> };

type LooksOf<C> = C extends new (...args: infer P) => infer I ? Looks<I, P> : never;

/** Like the two below, it hands on what it has: the compiler counts a call at the end of itself as none, and gives up after 50 others. */
type NewLeaves<
  L extends readonly Leaf[],
  T extends readonly unknown[],
  New extends readonly Leaf[] = [],
> = T extends readonly [infer N extends Looks, ...infer Rest]
  ? NewLeaves<L, Rest, IsMember<L[number]['node'], N> extends true ? New : [...New, NodeLeaf<N>]>
  : New;

/** Takes away one leaf of the class: something follows it now. */
export type RemoveLeaf<L extends readonly Leaf[], C extends NodeClass> = WithoutLeaf<L, LooksOf<C>>;

type WithoutLeaf<L extends readonly Leaf[], N, Before extends readonly Leaf[] = []> = L extends readonly [
  infer First extends Leaf,
  ...infer Rest extends readonly Leaf[],
]
  ? Same<First['node'], N> extends true
    ? [...Before, ...Rest]
    : WithoutLeaf<Rest, N, [...Before, First]>
  : Before;

/** Changes what one leaf of the class lets out. */
export type ReplaceLeaf<L extends readonly Leaf[], C extends NodeClass, Out> = WithLeaf<L, LooksOf<C>, Out>;

type WithLeaf<L extends readonly Leaf[], N, Out, Before extends readonly Leaf[] = []> = L extends readonly [
  infer First extends Leaf,
  ...infer Rest extends readonly Leaf[],
]
  ? Same<First['node'], N> extends true
    ? [...Before, Leaf<N, Out>, ...Rest]
    : WithLeaf<Rest, N, Out, [...Before, First]>
  : Before;
