import { reachableFrom, type Arc } from '#src/graph/graph-order.js';

/** Whether no path leads from the root to the vertex without this one. By definition, and slowly. */
function dominates<V>(by: V, vertex: V, root: V, arcs: readonly Arc<V>[]): boolean {
  if (by === vertex || by === root) return true;
  const without = arcs.filter(({ from, to }) => from !== by && to !== by);
  return !reachableFrom([root], without).has(vertex);
}

/** The nearest vertex that dominates all of these. */
export function nearestOfAll<V>(vertices: readonly V[], root: V, arcs: readonly Arc<V>[]): V {
  const reached = [...reachableFrom([root], arcs)];
  const common = reached.filter((by) => vertices.every((vertex) => dominates(by, vertex, root, arcs)));
  return common.find((each) => common.every((other) => dominates(other, each, root, arcs))) as V;
}
