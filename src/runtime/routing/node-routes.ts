import { FlowError } from '../../errors/flow-error.js';
import { describeValue } from '../../errors/option-error.js';
import type { PlanEdge } from '../../graph/flow-plan.js';
import type { NodeRef } from '../../ports/node-context.js';
import type { ControllerLoop } from './controller-step.js';
import { isThenable, toPromise } from '../../message/is-thenable.js';
import { NOWHERE, type Outlet } from './outlet.js';

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

  readonly #owner: string;
  readonly #routes: readonly Route[];
  readonly #egress: Outlet | undefined;
  readonly #byClass = new Map<unknown, readonly Outlet[]>();

  /**
   * @param owner - the node's name, for error messages
   * @param routes - its edges in declaration order
   * @param egress - where payloads go that no edge to another node takes, if the node delivers results
   */
  constructor(owner: string, routes: readonly Route[], egress: Outlet | undefined) {
    this.#owner = owner;
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
    if (rest.length === 0 && unconditional.length === 0) throw this.#unrouted(payload);
    return [...unconditional, ...rest];
  }

  /**
   * The outlets that `to` names, each once.
   * @throws FlowError `UNKNOWN_TARGET` when one is not a successor
   */
  named(to: NodeRef | readonly NodeRef[]): readonly Outlet[] {
    const refs = (Array.isArray(to) ? to : [to]) as readonly NodeRef[];
    if (refs.length === 0) {
      throw new FlowError('UNKNOWN_TARGET', {
        message: `\`to\` of an emit of node "${this.#owner}" names no node at all`,
        nodeName: this.#owner,
      });
    }
    const outlets = refs.map((ref) => {
      const found = this.#routes.find((route) => route.target === ref || route.edge.to === ref);
      if (found === undefined) {
        const known = this.#routes.map((route) => route.edge.to).join(', ');
        throw new FlowError('UNKNOWN_TARGET', {
          message: `${describeRef(ref)} is not a successor of node "${this.#owner}"; its successors are: ${known || 'none'}`,
          nodeName: this.#owner,
        });
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
    const rest = new NodeRoutes(this.#owner, others, egress);
    // An edge without a condition takes it; only what no branch takes goes to the egress.
    const taken = others.map((route) => route.outlet);
    return { ...ways, outletsFor: rest.fixed === undefined ? (payload) => rest.for(payload) : () => taken };
  }

  /** The branches of the payload's own class, else those of the first class it is an instance of. */
  #classBranches(payload: unknown): readonly Outlet[] {
    if (typeof payload !== 'object' || payload === null) return NOWHERE;
    let outlets = this.#byClass.get(payload.constructor);
    if (outlets === undefined) {
      const taking = this.#routes.filter(
        ({ edge }) => edge.kind === 'class' && edge.messageClass !== undefined && payload instanceof edge.messageClass,
      );
      const exact = taking.some(({ edge }) => edge.messageClass === payload.constructor);
      const chosen = exact ? payload.constructor : taking[0]?.edge.messageClass;
      outlets = taking.filter(({ edge }) => edge.messageClass === chosen).map((route) => route.outlet);
      this.#byClass.set(payload.constructor, outlets);
    }
    return outlets;
  }

  #accepts({ predicate, to }: PlanEdge, payload: unknown): boolean {
    const answer: unknown = predicate?.(payload as never);
    if (!isThenable(answer)) return answer === true;
    // The answer comes too late, and so would its failure.
    toPromise(answer).catch(() => {});
    throw new FlowError('UNROUTED_MESSAGE', {
      message: `The predicate of the branch from node "${this.#owner}" to "${to}" answered with a promise`,
      hint: 'Give a predicate that answers at once; for others use a routing policy with `predicateRouter` or `unionRouter`.',
      nodeName: this.#owner,
    });
  }

  #unrouted(payload: unknown): FlowError {
    const branches = this.#routes.map(({ edge }) => edge.messageClass?.name ?? edge.kind).join(', ');
    return new FlowError('UNROUTED_MESSAGE', {
      message: `Node "${this.#owner}" emitted ${describeKind(payload)}, which none of its branches takes: ${branches}`,
      nodeName: this.#owner,
    });
  }
}

/** How an error message shows what `to` named. */
export function describeRef(ref: unknown): string {
  return typeof ref === 'function' && ref.name !== '' ? `"${ref.name}"` : describeValue(ref);
}

/** The kind of a payload, never its value. */
function describeKind(payload: unknown): string {
  if (payload === null) return 'null';
  if (typeof payload === 'object') return `an instance of ${payload.constructor?.name ?? 'Object'}`;
  return `a ${typeof payload}`;
}
