import { FlowError } from '../../errors/flow-error.js';
import type { NodeRef } from '../../ports/node-context.js';
import { depthOf } from '../../queue/depth-of.js';
import type { Floe } from '../../queue/floe.js';
import type { Parcel } from '../trace/envelope.js';
import type { FlowCore } from '../core/flow-core.js';
import { describeRef } from '../routing/node-routes.js';
import type { ForkOrigins } from '../routing/fork-origins.js';
import { offerFrom } from '../routing/outlet.js';
import type { NodeWorker } from './node-worker.js';
import type { NextNode } from '../attempt/attempt-host.js';
import { PendingEmit } from '../routing/pending-emit.js';

/** One way into the flow. */
export interface IngressEdge {
  readonly worker: NodeWorker;
  readonly floe: Floe<Parcel>;
}

/** The OpenSea, the ingress of a flow: one floe to each node that no other node leads to. */
export class Ingress {
  readonly #core: FlowCore;
  readonly #edges: readonly IngressEdge[];
  /** To all of them. */
  readonly floes: readonly Floe<Parcel>[];
  /** The node behind the first edge, where it may be handed a message without a floe between. */
  readonly #first: NextNode | undefined;
  readonly #firstInput: number;
  /** The same node, where there is no other edge. */
  readonly #only: NextNode | undefined;
  /** Where parts of a join part here. */
  readonly #origins: ForkOrigins | undefined;

  constructor(core: FlowCore, edges: readonly IngressEdge[], origins?: ForkOrigins) {
    this.#core = core;
    this.#origins = origins;
    this.#edges = edges;
    this.floes = edges.map((edge) => edge.floe);
    this.#first = edges[0]?.worker.behindFloe();
    this.#only = edges.length === 1 ? this.#first : undefined;
    this.#firstInput = edges[0]?.worker.inputs.indexOf(edges[0].floe) ?? -1;
  }

  /** Nodes it leads to. */
  get size(): number {
    return this.#edges.length;
  }

  /** Messages that wait on its floes. */
  get depth(): number {
    return depthOf(this.floes);
  }

  /**
   * The floes that `to` names, each once; all when it is left out.
   * @throws FlowError `UNKNOWN_TARGET`
   */
  targets(to: NodeRef | readonly NodeRef[] | undefined): readonly Floe<Parcel>[] {
    if (to === undefined) return this.floes;
    const refs = (Array.isArray(to) ? to : [to]) as readonly NodeRef[];
    const floes = refs.map((ref) => {
      const edge = this.#edges.find(({ worker }) => worker.name === ref || worker.plan.nodeClass === ref);
      if (edge === undefined) {
        const known = this.#edges.map(({ worker }) => worker.name).join(', ');
        throw new FlowError('UNKNOWN_TARGET', {
          message: `${describeRef(ref)} is not an ingress of flow "${this.#core.plan.flowName}"; its ingress is: ${known}`,
        });
      }
      return edge.floe;
    });
    return [...new Set(floes)];
  }

  /** Puts a message in; what comes back waits for room, and answers with the trace id. */
  emit(parcel: Parcel, floes: readonly Floe<Parcel>[]): PendingEmit<string> | undefined {
    const { deadlines, runQueue } = this.#core;
    runQueue.tick();
    if (parcel.envelope.deadline !== undefined) deadlines.watch(parcel.envelope, true);
    return this.#offer(parcel, floes);
  }

  /** `emit` of a message whose run may have others: what they become is told apart by joins. */
  emitJoined(parcel: Parcel, floes: readonly Floe<Parcel>[]): PendingEmit<string> | undefined {
    const origins = this.#origins;
    if (origins === undefined) return this.emit(parcel, floes);
    const source = { from: parcel.envelope.trace, delivery: 0 };
    const emitted = origins.emitted(parcel, floes, source);
    const waiting = this.emit(emitted, floes);
    waiting?.done.catch(() => origins.givenUp(emitted, floes, source));
    return waiting;
  }

  /** `emit` of a message without a deadline that goes in everywhere. */
  emitFast(parcel: Parcel): PendingEmit<string> | undefined {
    const { runQueue } = this.#core;
    runQueue.tick();
    const only = this.#only;
    if (only === undefined || !only.isReady() || !runQueue.isIdle) return this.#offer(parcel, this.floes);
    this.#count(parcel);
    runQueue.enter();
    try {
      only.launch(parcel, this.#firstInput);
    } finally {
      runQueue.leave();
    }
    return undefined;
  }

  #offer(parcel: Parcel, floes: readonly Floe<Parcel>[]): PendingEmit<string> | undefined {
    const { runQueue, traces } = this.#core;
    const isFree = runQueue.isIdle && floes === this.floes && this.#first?.isReady() === true;
    runQueue.enter();
    try {
      // Not inside somebody's turn, whose own work comes first; and not for a message that goes in somewhere else.
      if (isFree && (floes.length === 1 || this.#offerToRest(parcel))) {
        this.#count(parcel);
        (this.#first as NextNode).launch(parcel, this.#firstInput);
        return undefined;
      }
      return PendingEmit.start(parcel, floes, traces, parcel.envelope.trace.formatId());
    } finally {
      runQueue.leave();
    }
  }

  /** What is launched is pending and in flight. */
  #count({ envelope: { trace } }: Parcel): void {
    trace.pending++;
    trace.inflight++;
  }

  /** Offers to all edges but the first, which start when this turn is over; false when one of them has no room. */
  #offerToRest(parcel: Parcel): boolean {
    const floes = this.floes;
    for (let index = 1; index < floes.length; index++) if (floes[index]?.hasRoom === false) return false;
    offerFrom(parcel, floes, 1);
    return true;
  }
}
