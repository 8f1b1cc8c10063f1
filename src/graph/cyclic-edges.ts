import type { FlowPlan, PlanEdge } from './flow-plan.js';
import { reachableFrom } from './graph-order.js';

/** The edges that a message can take more than once: those on a cycle. */
export function edgesOnCycles(plan: FlowPlan): ReadonlySet<PlanEdge> {
  const position = new Map(plan.nodes.map((node, index) => [node.name, index]));
  const at = (name: string): number => position.get(name) as number;
  // Nodes come upstream first, so without an edge that leads back there is no cycle to look for.
  if (plan.edges.every(({ from, to }) => at(from) < at(to))) return new Set();
  return new Set(plan.edges.filter(({ from, to }) => reachableFrom([to], plan.edges).has(from)));
}
