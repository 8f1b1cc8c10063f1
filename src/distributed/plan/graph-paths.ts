import type { FlowPlan } from '../../index.js';

/** Nodes and edges of a flow, by name. */
export type Graph = Pick<FlowPlan, 'nodes' | 'edges'>;

/** The ingress, where paths begin. */
export const INGRESS = 'OpenSea';

/** What lies before what in a graph: questions about its paths. Of cycles they end, too. */
export class GraphPaths {
  readonly #next = new Map<string, string[]>();
  readonly #before = new Map<string, string[]>();

  constructor({ nodes, edges }: Graph) {
    for (const { name, ingress } of nodes) if (ingress) this.#add(INGRESS, name);
    for (const { from, to } of edges) this.#add(from, to);
  }

  /** The nodes that something leads on from one, and itself; as if another one was not there. */
  from(start: string, without?: string): ReadonlySet<string> {
    return walk(start, this.#next, without);
  }

  /** The nodes that lead to one, and itself. */
  to(end: string): ReadonlySet<string> {
    return walk(end, this.#before);
  }

  /** Those that lead to one by an edge. */
  directlyBefore(node: string): readonly string[] {
    return [...new Set(this.#before.get(node))];
  }

  /** What lies on a path from one to another, both included. */
  between(start: string, end: string): ReadonlySet<string> {
    const to = this.to(end);
    return new Set([...this.from(start)].filter((each) => to.has(each)));
  }

  /** The nearest place that every path to every one of these leads through: one of them, another node, or the ingress. */
  forkOf(nodes: readonly string[]): string {
    const [first = INGRESS] = nodes;
    // Backwards from one of them such places are met in their order: every way to the one behind leads through the nearer one.
    return [...this.to(first)].find((each) => nodes.every((node) => this.#dominates(each, node))) ?? INGRESS;
  }

  #dominates(by: string, node: string): boolean {
    return by === node || by === INGRESS || !this.from(INGRESS, by).has(node);
  }

  #add(from: string, to: string): void {
    listOf(this.#next, from).push(to);
    listOf(this.#before, to).push(from);
  }
}

function listOf(lists: Map<string, string[]>, key: string): string[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

function walk(start: string, next: ReadonlyMap<string, readonly string[]>, without?: string): ReadonlySet<string> {
  const seen = new Set([start]);
  for (const node of seen) {
    for (const each of next.get(node) ?? []) if (each !== without) seen.add(each);
  }
  return seen;
}
