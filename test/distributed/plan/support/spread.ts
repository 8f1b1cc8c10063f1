import { Flow, type FlowPlan } from '#src/index.js';
import { Distributed, type DistributedOptions } from '#src/distributed/index.js';
import { distributedPlanOf, type DistributedPlan } from '#src/distributed/plan/distributed-plan.js';
import { compilePlan } from '#src/graph/compile-plan.js';
import { flowMetadataOf } from '#src/metadata/flow.js';
import type { FlowGraph } from '#src/ports/flow-graph.js';

/** A flow with its plans, both of them. */
export interface Spread {
  readonly plan: FlowPlan;
  readonly distributed: DistributedPlan;
}

/** Spreads a graph over processes; the flow is called `Docs`. No flow is made: two classes of one name would be refused. */
export function spread(graph: FlowGraph, options?: DistributedOptions): Spread {
  class Docs {
    readonly graph = graph;
  }
  Flow({ allowCycles: true })(Docs);
  Distributed(options)(Docs);
  const plan = compilePlan(graph, { flowName: 'Docs', options: flowMetadataOf(Docs) });
  return { plan, distributed: distributedPlanOf(Docs, plan) };
}

/** `a -> b` for each edge. */
export function arrows(edges: readonly { readonly from: string; readonly to: string }[]): readonly string[] {
  return edges.map(({ from, to }) => `${from} -> ${to}`);
}
