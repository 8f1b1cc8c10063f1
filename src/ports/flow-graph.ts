import type { Class, NodeClass } from './flow-node.js';

/** Finds the draft in a graph, also across two installed copies of the package. */
export const GRAPH_DRAFT: unique symbol = Symbol.for('penguiflow:graph-draft') as never;

/** Names the property that carries the types of a graph; no value at run time. */
export declare const GRAPH_TYPES: unique symbol;

/** One edge as it was declared. */
export interface DraftEdge {
  readonly from: NodeClass;
  readonly to: NodeClass;
  readonly kind: 'all' | 'class' | 'when' | 'otherwise';
  readonly messageClass?: Class;
  readonly predicate?: (payload: never) => boolean;
  /** The edge was declared as one that leads back, so a cycle through it is wanted. */
  readonly back?: boolean;
}

/** A graph as it was declared, before anything is checked. */
export interface GraphDraft {
  /** Classes that were declared as nodes of their own; the same one twice is an error. */
  readonly declared: readonly NodeClass[];
  /** Where messages come in; undefined = at every node without a predecessor. */
  readonly starts: readonly NodeClass[] | undefined;
  readonly edges: readonly DraftEdge[];
}

/**
 * What the `graph` field of a flow class holds; built with `start(...)` or `uncheckedGraph(...)`.
 *
 * @typeParam In - the payload that `emit` takes
 * @typeParam Out - the payload that leaves the flow; `never` when nothing does
 */
export interface FlowGraph<in In = never, out Out = unknown> {
  /** Carries the types only; never set. */
  readonly [GRAPH_TYPES]?: (payload: In) => Out;
  readonly [GRAPH_DRAFT]: () => GraphDraft;
}

/**
 * A graph that lacks something, which its type says. No `FlowGraph`, so `@Flow` and a field of that type refuse it; what is made of
 * the flow class goes on without a word, because one error is enough.
 *
 * @typeParam Reason - a `CompileError`: what the compiler prints
 */
export interface UnfinishedGraph<in In = never, out Out = unknown, out Reason = unknown> {
  /** Carries the types only; never set. */
  readonly [GRAPH_TYPES]?: (payload: In) => Out;
  readonly [GRAPH_DRAFT]: Reason;
}

/** Tells whether a value is a graph that a flow can run. */
export function isFlowGraph(value: unknown): value is FlowGraph {
  return typeof value === 'object' && value !== null && typeof (value as FlowGraph)[GRAPH_DRAFT] === 'function';
}
