import type { PlanEdge } from '../../index.js';
import type { Graph } from './graph-paths.js';

/** How a graph is cut: the group of each node, and the nodes whose queue has an order. */
export interface Cutting {
  readonly graph: Graph;
  readonly groupOf: ReadonlyMap<string, string>;
  readonly ordered: ReadonlySet<string>;
}

/** Whether messages on an edge go through the carrier: to another group, and to a node with an order. */
export function isCut({ groupOf, ordered }: Cutting, { from, to }: Pick<PlanEdge, 'from' | 'to'>): boolean {
  return groupOf.get(from) !== groupOf.get(to) || ordered.has(to);
}
