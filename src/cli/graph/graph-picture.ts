import type { FlowPlan, PlanEdge, PlanNode } from '../../index.js';
import { Dominators } from '../../graph/dominators.js';

/** Where messages come from; no node has this name. */
const SEA = Symbol('OpenSea');

/** An edge of the tree. */
export interface TreeEdge {
  readonly to: string;
  /** Which messages it takes; empty for all. */
  readonly label: string;
}

/** A node with what hangs on it. */
export interface TreeNode {
  readonly name: string;
  /** What of it is not the default, short. */
  readonly facts: string;
  readonly egress: boolean;
  /** Nodes that only this one leads to. */
  readonly branches: readonly { readonly label: string; readonly node: TreeNode }[];
  /** Nodes that several of those below lead to: they come after them. */
  readonly merges: readonly { readonly of: readonly string[]; readonly node: TreeNode }[];
  /** Edges to nodes that stand elsewhere in the tree. */
  readonly onward: readonly TreeEdge[];
  /** Edges that lead back, or to itself. */
  readonly back: readonly TreeEdge[];
}

/** The graph of a flow as a tree: each node once, below the last one that every way to it leads through. */
export function treeOf(plan: FlowPlan): Pick<TreeNode, 'branches' | 'merges'> {
  return new TreeBuilder(plan).root();
}

class TreeBuilder {
  readonly #plan: FlowPlan;
  readonly #nodes: ReadonlyMap<string, PlanNode>;
  readonly #leads: Dominators<string | typeof SEA>;
  /** By node, the one it hangs on. */
  readonly #children = new Map<string | typeof SEA, string[]>();
  readonly #before = new Map<string, (string | typeof SEA)[]>();

  constructor(plan: FlowPlan) {
    this.#plan = plan;
    this.#nodes = new Map(plan.nodes.map((node) => [node.name, node]));
    const arcs: { from: string | typeof SEA; to: string }[] = [
      ...plan.nodes.filter(({ ingress }) => ingress).map(({ name }) => ({ from: SEA as typeof SEA, to: name })),
      ...plan.edges,
    ];
    this.#leads = new Dominators<string | typeof SEA>(SEA, arcs);
    for (const { from, to } of arcs) {
      if (this.#leads.dominates(to, from)) continue;
      const before = this.#before.get(to) ?? [];
      this.#before.set(to, before);
      if (!before.includes(from)) before.push(from);
    }
    for (const { name } of plan.nodes) {
      const parent = this.#leads.common(this.#before.get(name) ?? [SEA]);
      const children = this.#children.get(parent) ?? [];
      this.#children.set(parent, children);
      children.push(name);
    }
  }

  root(): Pick<TreeNode, 'branches' | 'merges'> {
    const edges = this.#plan.nodes.filter(({ ingress }) => ingress).map(({ name }) => ({ to: name, label: '' }));
    return this.#below(SEA, edges);
  }

  #node(name: string): TreeNode {
    const node = this.#nodes.get(name)!;
    const edges = this.#plan.edges
      .filter(({ from }) => from === name)
      .map((edge) => ({ to: edge.to, label: labelOf(edge) }));
    const back = edges.filter(({ to }) => this.#leads.dominates(to, name));
    const { branches, merges } = this.#below(name, edges);
    const below = new Set(branches.map((branch) => branch.node.name));
    const onward = edges.filter((edge) => !back.includes(edge) && !below.has(edge.to));
    return { name, facts: factsOf(node), egress: node.egress, branches, merges, onward, back };
  }

  #below(parent: string | typeof SEA, edges: readonly TreeEdge[]): Pick<TreeNode, 'branches' | 'merges'> {
    const children = this.#children.get(parent) ?? [];
    const isBranch = (name: string): boolean => this.#before.get(name)?.length === 1;
    const branches = edges
      .filter(({ to }, at) => children.includes(to) && isBranch(to) && edges.findIndex((edge) => edge.to === to) === at)
      .map(({ to, label }) => ({ label, node: this.#node(to) }));
    const merges = children
      .filter((name) => !isBranch(name))
      .map((name) => ({
        of: (this.#before.get(name) ?? []).map((each) => (each === SEA ? 'OpenSea' : each)),
        node: this.#node(name),
      }));
    return { branches, merges };
  }
}

function labelOf({ kind, messageClass, predicate }: PlanEdge): string {
  if (kind === 'class') return `on ${messageClass?.name ?? 'a class'}`;
  if (kind !== 'when') return kind === 'all' ? '' : kind;
  const name = predicate?.name ?? '';
  return name === '' || name === 'predicate' || name === 'when' ? 'when …' : `when ${name}`;
}

function factsOf({ policy, gathers, joins }: PlanNode): string {
  const facts: string[] = [];
  if (gathers !== undefined) facts.push(joins === undefined ? gathers : `join of ${joins.length}`);
  if (policy.timeoutS !== undefined) facts.push(`${policy.timeoutS} s`);
  if (policy.maxRetries > 0) facts.push(policy.maxRetries === 1 ? '1 retry' : `${policy.maxRetries} retries`);
  if (policy.concurrency > 1) facts.push(`×${policy.concurrency}`);
  if (policy.maxPerS !== undefined) facts.push(`${policy.maxPerS}/s`);
  return facts.join(', ');
}
