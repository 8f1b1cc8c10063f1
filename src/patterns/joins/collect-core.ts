import { FlowError } from '../../errors/flow-error.js';
import type { NodeContext } from '../../ports/node-context.js';
import { aboutOf } from '../../trace-local/timed-wait.js';
import {
  attachLocal,
  envelopeOf,
  keeperOf,
  localOf,
  type EnvelopeWithLocals,
  type KeeperNode,
  type LateCheck,
  type TraceLocal,
} from '../../trace-local/trace-local.js';

/** A payload that is kept, and what it came in. */
interface Kept {
  readonly payload: unknown;
  readonly envelope: EnvelopeWithLocals;
}

/** What a collect keeps of one run. */
class CollectTrace implements TraceLocal {
  next: TraceLocal | undefined;
  holding = 0;
  readonly sends = true;
  readonly keeper: object;
  readonly node: KeeperNode;
  /** By arrival number: a retry brings again what it brought before. */
  readonly #kept = new Map<number, Kept>();

  constructor(keeper: object, node: KeeperNode) {
    this.keeper = keeper;
    this.node = node;
  }

  keep(delivery: number, kept: Kept): void {
    this.#kept.set(delivery, kept);
    this.holding = this.#kept.size;
  }

  mayAct(): boolean {
    return true;
  }

  onQuiet(): void {
    const all = [...this.#kept.values()];
    this.#forget();
    const [first] = all;
    if (first === undefined) return;
    this.node.resend(
      all.map(({ payload }) => payload),
      first.payload,
      all.map(({ envelope }) => envelope),
    );
  }

  letGo(isLate: LateCheck): number {
    const before = this.holding;
    for (const [delivery, { envelope }] of this.#kept) if (isLate(envelope.deadline)) this.#kept.delete(delivery);
    this.holding = this.#kept.size;
    return before - this.holding;
  }

  over(): void {
    this.#forget();
  }

  #forget(): void {
    this.#kept.clear();
    this.holding = 0;
  }
}

/** The state of a collect: what it keeps hangs on the runs. */
export class CollectCore {
  /**
   * Takes an arrival. All that it has of a run comes back to it as one message, of which it gives the list.
   * @throws FlowError `NODE_EXCEPTION` outside of a flow
   */
  accept(payload: unknown, ctx: NodeContext): readonly unknown[] | undefined {
    const all = aboutOf(ctx) as readonly unknown[] | undefined;
    if (all === undefined) this.#keep(payload, ctx);
    return all;
  }

  #keep(payload: unknown, ctx: NodeContext): void {
    const [node, envelope] = [keeperOf(ctx), envelopeOf(ctx)];
    if (node === undefined || envelope === undefined) {
      throw new FlowError('NODE_EXCEPTION', {
        message: `Collect "${ctx.nodeName}" was called outside of a flow, where nobody knows when a run is over`,
        hint: 'Run it in a flow: `runOne` of penguiflow/testing makes one.',
      });
    }
    // Interrupted code comes too late.
    if (envelope.trace.ended) return;
    const known = localOf(this, envelope.trace) as CollectTrace | undefined;
    const trace = known ?? attachLocal(new CollectTrace(this, node), envelope.trace);
    trace.keep(ctx.delivery, { payload, envelope });
  }
}
