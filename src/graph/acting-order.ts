import { cyclesOf } from './cycles-of.js';
import type { FlowPlan, PlanNode } from './flow-plan.js';
import { topologicalOrder } from './graph-order.js';

/**
 * In which order nodes act that wait for a run to be quiet: upstream first, because what they send may be what others wait for. On a
 * cycle those that send come before those that only give up.
 */
class ActingOrder {
  /** By name of the node. */
  readonly #ranks = new Map<string, number>();
  readonly #nodeCount: number;

  constructor(plan: FlowPlan) {
    this.#nodeCount = plan.nodes.length;
    const groups = cyclesOf(plan);
    const placeOf = new Map<string, object>();
    for (const node of plan.nodes) placeOf.set(node.name, groups.find(({ nodes }) => nodes.has(node.name)) ?? node);
    const at = (name: string): object => placeOf.get(name) as object;
    const arcs = plan.edges
      .map(({ from, to }) => ({ from: at(from), to: at(to) }))
      .filter(({ from, to }) => from !== to);
    const order = new Map(topologicalOrder([...new Set(placeOf.values())], arcs).map((place, index) => [place, index]));
    for (const [index, { name }] of plan.nodes.entries()) {
      this.#ranks.set(name, (order.get(at(name)) as number) * 2 * this.#nodeCount + index);
    }
  }

  /** @param sends - whether the node sends something on when it acts */
  rankOf({ name }: Pick<PlanNode, 'name'>, sends: boolean): number {
    return (this.#ranks.get(name) as number) + (sends ? 0 : this.#nodeCount);
  }
}

const orders = new WeakMap<FlowPlan, ActingOrder>();

/** That of a plan, made when it is asked for first. */
export function actingOrderOf(plan: FlowPlan): ActingOrder {
  let order = orders.get(plan);
  if (order === undefined) orders.set(plan, (order = new ActingOrder(plan)));
  return order;
}
