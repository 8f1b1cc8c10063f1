import type { PlanNode } from '../../index.js';
import { isCut, type Cutting } from './cuts.js';
import { GraphPaths, INGRESS } from './graph-paths.js';

/** A place where a flow cannot be cut. */
export interface Violation {
  /** The edge that is cut; from the ingress, whose edges always are. */
  readonly from: string;
  readonly to: string;
  /** What has to lie in one group. */
  readonly nodes: readonly string[];
  /** Why, as a sentence. */
  readonly why: string;
}

/** The first place where a flow cannot be cut; undefined where every cut is right. */
export function violationOf(cutting: Cutting): Violation | undefined {
  const paths = new GraphPaths(cutting.graph);
  const rules = new CutRules(cutting, paths);
  return rules.cycles() ?? first(cutting.graph.nodes, (node) => rules.ofNode(node));
}

class CutRules {
  readonly #cutting: Cutting;
  readonly #paths: GraphPaths;

  constructor(cutting: Cutting, paths: GraphPaths) {
    this.#cutting = cutting;
    this.#paths = paths;
  }

  /** A cycle lies within one group. */
  cycles(): Violation | undefined {
    return first(this.#cutting.graph.edges, ({ from, to }) => {
      const circle = isCut(this.#cutting, { from, to }) ? this.#paths.between(to, from) : new Set<string>();
      return circle.size === 0 ? undefined : this.#violation(from, to, circle, `"${to}" leads back to "${from}"`);
    });
  }

  ofNode({ name, gathers, joins }: PlanNode): Violation | undefined {
    if (gathers === 'collect') return this.#collect(name);
    // What comes from one node alone is no matter of pairing.
    if (gathers !== 'join' || joins?.length === 1) return undefined;
    return this.#join(name);
  }

  /** What a join waits for is of one arrival: nothing is cut from where its parts part. */
  #join(name: string): Violation | undefined {
    const fork = this.#paths.forkOf(this.#paths.directlyBefore(name));
    const why = `join "${name}" waits for what parts at ${fork === INGRESS ? 'the ingress' : `"${fork}"`}`;
    return this.#whole(fork, name, why);
  }

  /** A collect has all of a run, which begins at the ingress. */
  #collect(name: string): Violation | undefined {
    const why = `collect "${name}" waits for all of a run`;
    const entries = this.#cutting.graph.nodes.filter((node) => node.ingress && this.#paths.to(name).has(node.name));
    const [entry] = entries;
    // What is emitted to one node is one arrival.
    return this.#whole(entries.length === 1 && entry !== undefined ? entry.name : INGRESS, name, why);
  }

  /** Whether nothing is cut on the way from one place to another. */
  #whole(start: string, end: string, why: string): Violation | undefined {
    const between = this.#paths.between(start, end);
    const nodes = new Set([...between].filter((node) => node !== INGRESS));
    if (start === INGRESS) {
      const to = this.#cutting.graph.nodes.find(({ name, ingress }) => ingress && nodes.has(name))?.name ?? end;
      return this.#violation(INGRESS, to, nodes, why);
    }
    const cut = this.#cutting.graph.edges.find(
      (edge) => nodes.has(edge.from) && nodes.has(edge.to) && isCut(this.#cutting, edge),
    );
    return cut === undefined ? undefined : this.#violation(cut.from, cut.to, nodes, why);
  }

  #violation(from: string, to: string, nodes: ReadonlySet<string>, why: string): Violation {
    const inOrder = this.#cutting.graph.nodes.filter(({ name }) => nodes.has(name)).map(({ name }) => name);
    return { from, to, nodes: inOrder, why };
  }
}

function first<T, R>(items: readonly T[], look: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = look(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
