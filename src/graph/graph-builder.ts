import { FlowError } from '../errors/flow-error.js';
import { GRAPH_DRAFT, type DraftEdge, type GraphDraft } from '../ports/flow-graph.js';
import type { Class, NodeClass } from '../ports/flow-node.js';

type Predicate = (payload: never) => boolean;

/**
 * The builder behind the types of `graph-cursor.ts`. Immutable: each call gives a new builder that points to the one
 * before, so a part of a graph can be shared, and a long chain costs no copying.
 */
export class GraphBuilder {
  readonly #starts: readonly NodeClass[];
  readonly #previous: GraphBuilder | undefined;
  readonly #added: readonly DraftEdge[];
  readonly #cursor: NodeClass | undefined;
  /** The node has branches: what `to` adds now takes only what they leave. */
  readonly #routed: boolean;

  private constructor(
    starts: readonly NodeClass[],
    previous: GraphBuilder | undefined,
    added: readonly DraftEdge[],
    cursor: NodeClass | undefined,
    routed: boolean,
  ) {
    this.#starts = starts;
    this.#previous = previous;
    this.#added = added;
    this.#cursor = cursor;
    this.#routed = routed;
  }

  static start(nodes: readonly NodeClass[]): GraphBuilder {
    return new GraphBuilder(Object.freeze([...nodes]), undefined, [], nodes.length === 1 ? nodes[0] : undefined, false);
  }

  from(node: NodeClass): GraphBuilder {
    return this.#next([], node, false);
  }

  to(...targets: readonly NodeClass[]): GraphBuilder {
    const kind = this.#routed ? 'otherwise' : 'all';
    return this.#next(this.#edges(targets, { kind }), targets.length === 1 ? targets[0] : undefined, false);
  }

  on(messageClass: Class, node: NodeClass): GraphBuilder {
    return this.#next(this.#edges([node], { kind: 'class', messageClass }), this.#cursor, true);
  }

  when(predicate: Predicate, node: NodeClass): GraphBuilder {
    return this.#next(this.#edges([node], { kind: 'when', predicate }), this.#cursor, true);
  }

  otherwise(...targets: readonly NodeClass[]): GraphBuilder {
    return this.#next(this.#edges(targets, { kind: 'otherwise' }), undefined, false);
  }

  back(node: NodeClass): GraphBuilder {
    return this.#next(
      this.#edges([node], { kind: this.#routed ? 'otherwise' : 'all', back: true }),
      this.#cursor,
      this.#routed,
    );
  }

  backOn(messageClass: Class, node: NodeClass): GraphBuilder {
    return this.#next(this.#edges([node], { kind: 'class', messageClass, back: true }), this.#cursor, true);
  }

  loop(messageClass: Class): GraphBuilder {
    const node = this.#cursor;
    return this.#next(
      this.#edges(node === undefined ? [] : [node], { kind: 'class', messageClass, back: true }),
      node,
      true,
    );
  }

  [GRAPH_DRAFT](): GraphDraft {
    const blocks: (readonly DraftEdge[])[] = [];
    blocks.push(this.#added);
    for (let at = this.#previous; at !== undefined; at = at.#previous) blocks.push(at.#added);
    return { declared: this.#starts, starts: this.#starts, edges: blocks.reverse().flat() };
  }

  #next(added: readonly DraftEdge[], cursor: NodeClass | undefined, routed: boolean): GraphBuilder {
    return new GraphBuilder(this.#starts, this, added, cursor, routed);
  }

  #edges(targets: readonly NodeClass[], edge: Omit<DraftEdge, 'from' | 'to'>): readonly DraftEdge[] {
    const from = this.#cursor;
    if (from === undefined) {
      // Only code that goes around the types gets here.
      throw new FlowError('INVALID_OPTION', {
        message: 'The graph has several nodes to go on from',
        hint: 'Say which one with `.from(Node)`.',
      });
    }
    return targets.map((to) => Object.freeze({ ...edge, from, to }));
  }
}
