import { FlowError } from '../../errors/flow-error.js';
import { describeValue } from '../../errors/option-error.js';
import { withoutFrames } from '../../errors/without-frames.js';
import type { PlanEdge } from '../../graph/flow-plan.js';
import type { NodeRef } from '../../ports/node-context.js';
import type { ControllerLoop } from './controller-step.js';
import { isThenable, toPromise } from '../../message/is-thenable.js';
import { NOWHERE, type Outlet } from './outlet.js';
import { latePredicateError, unroutedError, type BranchingNode } from './unrouted-error.js';

/** An edge of the plan with the outlet it leads to. */
export interface Route {
  readonly edge: PlanEdge;
  /** The class of the target node, for `to: Class`. */
  readonly target: unknown;
  readonly outlet: Outlet;
}

/** Which outlets a node's payloads go to. */
export class NodeRoutes {
  /** The outlets of a node whose edges all take everything; undefined when payloads are looked at. */
  readonly fixed: readonly Outlet[] | undefined;

  readonly #node: BranchingNode;
  readonly #routes: readonly Route[];
  readonly #egress: Outlet | undefined;
  /** By prototype: a payload may have a `constructor` of its own, which says nothing. */
  readonly #byClass = new WeakMap<object, readonly Outlet[]>();

  /**
   * @param node - whose they are, for error messages
   * @param routes - its edges in declaration order
   * @param egress - where payloads go that no edge to another node takes, if the node delivers results
   */
  constructor(node: BranchingNode, routes: readonly Route[], egress: Outlet | undefined) {
    this.#node = node;
    this.#routes = routes;
    this.#egress = egress;
    if (routes.every((route) => route.edge.kind === 'all')) {
      this.fixed = [...routes.map((route) => route.outlet), ...(egress === undefined ? [] : [egress])];
    }
  }

  /**
   * The outlets for one payload, in declaration order: all edges without a condition, the branches that take it, and
   * `otherwise` (or the egress) when no branch did.
   *
   * @throws FlowError `UNROUTED_MESSAGE` when nothing takes it
   */
  for(payload: unknown): readonly Outlet[] {
    if (this.fixed !== undefined) return this.fixed;
    const unconditional: Outlet[] = [];
    const branches: Outlet[] = [...this.#classBranches(payload)];
    for (const { edge, outlet } of this.#routes) {
      if (edge.kind === 'all') unconditional.push(outlet);
      else if (edge.kind === 'when' && this.#accepts(edge, payload)) branches.push(outlet);
    }
    if (branches.length !== 0) return [...unconditional, ...branches];
    const rest = this.#routes.filter(({ edge }) => edge.kind === 'otherwise').map((route) => route.outlet);
    if (rest.length === 0 && this.#egress !== undefined) rest.push(this.#egress);
    if (rest.length === 0 && unconditional.length === 0) {
      throw unroutedError(
        this.#node,
        this.#routes.map(({ edge }) => edge),
        payload,
      );
    }
    return [...unconditional, ...rest];
  }

  /**
   * The outlets that `to` names, each once.
   * @throws FlowError `UNKNOWN_TARGET` when one is not a successor
   */
  named(to: NodeRef | readonly NodeRef[]): readonly Outlet[] {
    const refs = (Array.isArray(to) ? to : [to]) as readonly NodeRef[];
    if (refs.length === 0) {
      throw this.#unknownTarget(`\`to\` of an emit of node "${this.#node.name}" names no node at all`);
    }
    const outlets = refs.map((ref) => {
      const found = this.#routes.find((route) => route.target === ref || route.edge.to === ref);
      if (found === undefined) {
        const known = this.#routes.map((route) => route.edge.to).join(', ');
        throw this.#unknownTarget(
          `${describeRef(ref)} is not a successor of node "${this.#node.name}"; its successors are: ${known || 'none'}`,
        );
      }
      return found.outlet;
    });
    return outlets.length === 1 ? outlets : [...new Set(outlets)];
  }

  /** The ways out of a node that has an edge to itself; undefined when it has none. */
  loop(owner: unknown, egress: Outlet): ControllerLoop | undefined {
    const own = this.#routes.find((route) => route.target === owner);
    if (own === undefined) return undefined;
    const others = this.#routes.filter((route) => route !== own);
    const ways = { again: own.outlet, egress, route: (payload: unknown) => this.for(payload) };
    if (others.length === 0) return { ...ways, outletsFor: () => [egress] };
    const rest = new NodeRoutes(this.#node, others, egress);
    // An edge without a condition takes it; only what no branch takes goes to the egress.
    const taken = others.map((route) => route.outlet);
    return { ...ways, outletsFor: rest.fixed === undefined ? (payload) => rest.for(payload) : () => taken };
  }

  /** The branches of the payload's own class, else those of the first class it is an instance of. */
  #classBranches(payload: unknown): readonly Outlet[] {
    if (typeof payload !== 'object' || payload === null) return NOWHERE;
    const prototype = Object.getPrototypeOf(payload) as { readonly constructor?: unknown } | null;
    if (prototype === null) return NOWHERE;
    let outlets = this.#byClass.get(prototype);
    if (outlets === undefined) {
      const { constructor } = prototype;
      const taking = this.#routes.filter(
        ({ edge }) => edge.kind === 'class' && edge.messageClass !== undefined && payload instanceof edge.messageClass,
      );
      const exact = taking.some(({ edge }) => edge.messageClass === constructor);
      const chosen = exact ? constructor : taking[0]?.edge.messageClass;
      outlets = taking.filter(({ edge }) => edge.messageClass === chosen).map((route) => route.outlet);
      this.#byClass.set(prototype, outlets);
    }
    return outlets;
  }

  #accepts({ predicate, to }: PlanEdge, payload: unknown): boolean {
    const answer: unknown = predicate?.(payload as never);
    if (!isThenable(answer)) return answer === true;
    // The answer comes too late, and so would its failure.
    toPromise(answer).catch(() => {});
    throw latePredicateError(this.#node, to);
  }

  /** Without frames of ours: those of the emit are put in where it is refused. */
  #unknownTarget(message: string): FlowError {
    return withoutFrames(() => new FlowError('UNKNOWN_TARGET', { message, nodeName: this.#node.name }));
  }
}

/** How an error message shows what `to` named. */
export function describeRef(ref: unknown): string {
  return typeof ref === 'function' && ref.name !== '' ? `"${ref.name}"` : describeValue(ref);
}
