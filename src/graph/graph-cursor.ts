import type { CompileError } from '../ports/compile-error.js';
import { GRAPH_DRAFT, type GRAPH_TYPES, type GraphDraft, type UnfinishedGraph } from '../ports/flow-graph.js';
import type { Class, NodeClass } from '../ports/flow-node.js';
import type {
  BackTarget,
  BranchClass,
  Covered,
  GuardTarget,
  Onward,
  Target,
  Targets,
  ToRoute,
  Uncovered,
} from './edge-types.js';
import type { SentOn } from '../ports/node-types.js';
import type { Same } from '../ports/same-type.js';
import type { AddLeaves, Leaf, LeafOutput, RemoveLeaf, ReplaceLeaf } from './leaf-types.js';

/** One node or more. */
export type NodeList = readonly [NodeClass, ...NodeClass[]];

/**
 * A graph after several nodes were added: it may be the flow's graph as it is, or go on from any of its nodes.
 *
 * The output type is computed from the types of the nodes, and TypeScript compares classes by shape: two nodes that
 * look alike count as one there. The plan knows them apart.
 *
 * @typeParam In - the payload the flow takes
 * @typeParam Nodes - union of the node classes in the graph
 * @typeParam Leaves - the nodes nothing follows yet
 */
export interface OpenGraph<in In, in out Nodes extends NodeClass, out Leaves extends readonly Leaf[]> {
  readonly [GRAPH_TYPES]?: (payload: In) => LeafOutput<Leaves>;
  readonly [GRAPH_DRAFT]: () => GraphDraft;
  /** Goes on from a node that is in the graph. */
  from<C extends Nodes>(node: C): NodeCursor<In, Nodes, Leaves, C, SentOn<C>>;
}

/**
 * A graph and the node to go on from.
 *
 * @typeParam C - the node
 * @typeParam E - what it emits
 */
export interface NodeCursor<
  In,
  Nodes extends NodeClass,
  Leaves extends readonly Leaf[],
  C extends NodeClass,
  E,
> extends OpenGraph<In, Nodes, Leaves> {
  /**
   * Sends everything the node emits to each of the targets. With one target the graph goes on from there; after
   * several, say where with `from`.
   */
  to<const T extends NodeList>(
    ...targets: Targets<E, T>
  ): AfterTo<In, Nodes | T[number], AddLeaves<RemoveLeaf<Leaves, C>, T>, T>;

  /** Sends the instances of one class to a node. Every class that is emitted needs a branch. */
  on<K extends Class, N extends NodeClass>(
    messageClass: BranchClass<E, K>,
    node: Target<Covered<E, InstanceType<K>>, N>,
  ): Routing<In, Nodes | N, AddLeaves<RemoveLeaf<Leaves, C>, [N]>, E, Uncovered<E, ToRoute<C, E>, InstanceType<K>>>;

  /** Sends what a type guard accepts to a node. */
  when<N extends NodeClass, G extends E = never>(
    guard: (payload: E) => payload is G,
    node: GuardTarget<G, N>,
  ): Routing<In, Nodes | N, AddLeaves<RemoveLeaf<Leaves, C>, [N]>, E, Exclude<ToRoute<C, E>, G>>;
  /** Sends what a predicate accepts to a node; what it refuses needs `otherwise`. */
  when<N extends NodeClass>(
    predicate: (payload: E) => boolean,
    node: Target<E, N>,
  ): Routing<In, Nodes | N, AddLeaves<RemoveLeaf<Leaves, C>, [N]>, E, ToRoute<C, E>>;

  /**
   * Sends everything back to a node that is in the graph: a cycle that is wanted. The graph goes on from where it was, to nodes that get
   * everything too. A controller that comes back to itself is the exception: its working memory goes there, its answer on.
   */
  back<N extends Nodes>(
    node: BackTarget<E, C, N>,
  ): NodeCursor<In, Nodes, AfterBack<Leaves, C, E, Onward<E, C, N>>, C, Onward<E, C, N>>;
  /** Sends the instances of one class back to a node that is in the graph: a cycle that is wanted. */
  backOn<K extends Class, N extends Nodes>(
    messageClass: BranchClass<E, K>,
    node: Target<Covered<E, InstanceType<K>>, N>,
  ): Routing<In, Nodes, RemoveLeaf<Leaves, C>, E, Uncovered<E, ToRoute<C, E>, InstanceType<K>>>;

  /**
   * Sends the instances of one class back to the node itself, as a controller does. The rest goes on with `to`, or leaves the
   * flow.
   */
  loop<K extends Class>(
    messageClass: Target<InstanceType<K>, C> extends C
      ? BranchClass<E, K>
      : CompileError<[InstanceType<C>, 'does not take', InstanceType<K>, 'which would come back to it']>,
  ): NodeCursor<
    In,
    Nodes,
    ReplaceLeaf<Leaves, C, Uncovered<E, E, InstanceType<K>>>,
    C,
    Uncovered<E, E, InstanceType<K>>
  >;
}

/** A routed node: complete once each class it emits has a branch. */
export type Routing<In, Nodes extends NodeClass, Leaves extends readonly Leaf[], E, Left> = [Left] extends [never]
  ? RoutedGraph<In, Nodes, Leaves, E>
  : IncompleteRouting<Left, In, Nodes, Leaves, E>;

/** A graph whose last node is routed completely; more branches may follow. */
export interface RoutedGraph<In, Nodes extends NodeClass, Leaves extends readonly Leaf[], E>
  extends OpenGraph<In, Nodes, Leaves>, Branches<In, Nodes, Leaves, E, never> {}

/**
 * Not a graph yet: some of what the node emits has no branch.
 *
 * @typeParam Left - what has none; first, because the compiler prints the first of many and leaves the last ones out
 */
export interface IncompleteRouting<Left, In, Nodes extends NodeClass, Leaves extends readonly Leaf[], E>
  extends
    Branches<In, Nodes, Leaves, E, Left>,
    UnfinishedGraph<In, LeafOutput<Leaves>, CompileError<[Left, 'has no branch: add .on(…) or .otherwise(…)']>> {
  /** Cannot be called: the branches come first. */
  readonly from: CompileError<[Left, 'has no branch: add .on(…) or .otherwise(…)']>;
  /** Sends what no other branch takes to each of the targets. */
  otherwise<const T extends NodeList>(
    ...targets: Targets<Left, T>
  ): OpenGraph<In, Nodes | T[number], AddLeaves<Leaves, T>>;
}

/** Further branches of the node that is being routed. */
export interface Branches<In, Nodes extends NodeClass, Leaves extends readonly Leaf[], E, Left> {
  /** Sends the instances of one class to a node. */
  on<K extends Class, N extends NodeClass>(
    messageClass: BranchClass<E, K>,
    node: Target<Covered<E, InstanceType<K>>, N>,
  ): Routing<In, Nodes | N, AddLeaves<Leaves, [N]>, E, Uncovered<E, Left, InstanceType<K>>>;

  /** Sends the instances of one class back to a node that is in the graph: a cycle that is wanted. */
  backOn<K extends Class, N extends Nodes>(
    messageClass: BranchClass<E, K>,
    node: Target<Covered<E, InstanceType<K>>, N>,
  ): Routing<In, Nodes, Leaves, E, Uncovered<E, Left, InstanceType<K>>>;

  /** Sends what a type guard accepts to a node. */
  when<N extends NodeClass, G extends E = never>(
    guard: (payload: E) => payload is G,
    node: GuardTarget<G, N>,
  ): Routing<In, Nodes | N, AddLeaves<Leaves, [N]>, E, Exclude<Left, G>>;
  /** Sends what a predicate accepts to a node; what it refuses needs `otherwise`. */
  when<N extends NodeClass>(
    predicate: (payload: E) => boolean,
    node: Target<E, N>,
  ): Routing<In, Nodes | N, AddLeaves<Leaves, [N]>, E, Left>;
}

/** What a controller does not send back to itself leaves the flow, unless the graph goes on. */
type AfterBack<Leaves extends readonly Leaf[], C extends NodeClass, E, On> =
  Same<E, On> extends true ? RemoveLeaf<Leaves, C> : ReplaceLeaf<Leaves, C, On>;

type AfterTo<In, Nodes extends NodeClass, Leaves extends readonly Leaf[], T extends NodeList> = T extends readonly [
  infer Only extends NodeClass,
]
  ? NodeCursor<In, Nodes, Leaves, Only, SentOn<Only>>
  : OpenGraph<In, Nodes, Leaves>;

/** What `start` returns: one node is where the graph goes on, several are not. */
export type StartedGraph<In, T extends NodeList> = AfterTo<In, T[number], AddLeaves<[], T>, T>;
