import type { NodeClass } from '../ports/flow-node.js';
import type { NodeOutput } from '../ports/node-types.js';

/** A node that nothing follows yet, and what it lets out of the flow. */
export interface Leaf<C = unknown, Out = unknown> {
  readonly node: C;
  readonly out: Out;
}

/** What the leaves let out together. */
export type LeafOutput<L extends readonly Leaf[]> = L[number]['out'];

/** Whether two types are the same to the compiler, not merely assignable. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/**
 * Adds targets as leaves. One that is there already (several nodes lead to it) is not added again; two that look alike
 * in one fan-out are both added.
 */
export type AddLeaves<L extends readonly Leaf[], T extends readonly NodeClass[]> = [...L, ...NewLeaves<L, T>];

/** Like the two below, it hands on what it has: the compiler counts a call at the end of itself as none, and gives up after 50 others. */
type NewLeaves<
  L extends readonly Leaf[],
  T extends readonly NodeClass[],
  New extends readonly Leaf[] = [],
> = T extends readonly [infer C extends NodeClass, ...infer Rest extends readonly NodeClass[]]
  ? NewLeaves<L, Rest, HasLeaf<L, C> extends true ? New : [...New, Leaf<C, NodeOutput<C>>]>
  : New;

type HasLeaf<L extends readonly Leaf[], C> = true extends { [K in keyof L]: Same<L[K]['node'], C> }[number]
  ? true
  : false;

/** Takes away one leaf of the class: something follows it now. */
export type RemoveLeaf<L extends readonly Leaf[], C, Before extends readonly Leaf[] = []> = L extends readonly [
  infer First extends Leaf,
  ...infer Rest extends readonly Leaf[],
]
  ? Same<First['node'], C> extends true
    ? [...Before, ...Rest]
    : RemoveLeaf<Rest, C, [...Before, First]>
  : Before;

/** Changes what one leaf of the class lets out. */
export type ReplaceLeaf<L extends readonly Leaf[], C, Out, Before extends readonly Leaf[] = []> = L extends readonly [
  infer First extends Leaf,
  ...infer Rest extends readonly Leaf[],
]
  ? Same<First['node'], C> extends true
    ? [...Before, Leaf<C, Out>, ...Rest]
    : ReplaceLeaf<Rest, C, Out, [...Before, First]>
  : Before;
