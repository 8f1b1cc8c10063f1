import type { FlowPlan, PlanEdge } from './flow-plan.js';
import { reachableFrom } from './graph-order.js';

/** Nodes that lead to each other, however many cycles they share: a strongly connected component. */
export interface CycleGroup {
  /** Names of the nodes. */
  readonly nodes: ReadonlySet<string>;
  /** The edges between them. */
  readonly edges: ReadonlySet<PlanEdge>;
  /** Those whose target stands at or before its source in the order of the plan: without them there is no cycle. */
  readonly backEdges: ReadonlySet<PlanEdge>;
}

/** The groups of nodes that a message can come back to; none in most graphs. */
export function cyclesOf(plan: FlowPlan): readonly CycleGroup[] {
  const position = new Map(plan.nodes.map((node, index) => [node.name, index]));
  const at = (name: string): number => position.get(name) as number;
  // Nodes come upstream first, so without an edge that leads back there is no cycle to look for.
  if (plan.edges.every(({ from, to }) => at(from) < at(to))) return [];
  let left = plan.edges.filter(({ from, to }) => reachableFrom([to], plan.edges).has(from));
  const groups: CycleGroup[] = [];
  for (let first = left[0]; first !== undefined; first = left[0]) {
    // Edges on cycles lead to no other group, so what is reached by them is the group.
    const nodes = reachableFrom([first.from], left);
    const edges = new Set(left.filter(({ from }) => nodes.has(from)));
    groups.push({ nodes, edges, backEdges: new Set([...edges].filter(({ from, to }) => at(to) <= at(from))) });
    left = left.filter((edge) => !edges.has(edge));
  }
  return groups;
}
