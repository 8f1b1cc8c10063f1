import { FlowError } from '../../index.js';
import type { FlowErrorCode } from '../../index.js';
import type { Delivery, OutMessage } from '../carrier/messages.js';
import { ArrivedMessage } from './arrived-message.js';
import { encodeAnswer } from '../protocol/answer.js';
import { decodeHead, type MessageHead } from '../protocol/message-head.js';
import { queuedAnswer } from '../protocol/result-queue.js';
import { nodeOf, tell, type WorkerCore } from './worker-core.js';

/** What a build does not know is tried again after so many seconds, and for so long where no worker knows it (D13). */
const AGAIN_S = 5;
const UNKNOWN_FOR_MS = 600_000;

/** A message as its nodes get it. */
interface Decoded {
  readonly payload: unknown;
  readonly meta: Readonly<Record<string, unknown>>;
}

/** Decides what becomes of the messages that the carrier hands out: they run, wait, are dropped or put aside. */
export class Receiver {
  readonly #core: WorkerCore;
  /** Names of the nodes that this build has. */
  readonly #nodes: ReadonlySet<string>;
  readonly #working = new Map<Delivery, ArrivedMessage>();
  /** Those that have not begun, whatever they wait for. */
  readonly #waiting = new Set<Delivery>();
  #onIdle: (() => void) | undefined;

  constructor(core: WorkerCore) {
    this.#core = core;
    this.#nodes = new Set(core.part.plan.nodes.map(({ name }) => name));
  }

  /** Messages that are worked on. */
  get working(): number {
    return this.#working.size;
  }

  /** @param onOver - it is settled, handed back, or somebody else's */
  receive(delivery: Delivery, onOver: () => void): void {
    this.#waiting.add(delivery);
    const over = (): void => {
      this.#waiting.delete(delivery);
      onOver();
      if (this.#working.size === 0) this.#onIdle?.();
    };
    this.#decide(delivery, over).catch((error: unknown) => this.#lost(delivery, error, over));
  }

  /** The lease of a delivery is gone. */
  lost(delivery: Delivery, why: 'lost' | 'held_too_long', maxHoldS: number): void {
    const message = this.#working.get(delivery);
    // One that has not begun does not begin any more.
    if (message === undefined) this.#waiting.delete(delivery);
    if (why === 'lost') message?.lose();
    else message?.holdTooLong(maxHoldS);
  }

  /** Gives back what has not begun; resolves when the engine has it. */
  async handBack(): Promise<void> {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    this.#core.isolation.clear();
    for (const message of this.#working.values()) if (!message.hasBegun) message.handBack();
    await this.#core.session.release(waiting);
  }

  /** Resolves when nothing is worked on. */
  async idle(): Promise<void> {
    if (this.#working.size === 0) return;
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
  }

  async #decide(delivery: Delivery, over: () => void): Promise<void> {
    const { session, isolation, cancels, crashLimit } = this.#core;
    const { id, queue } = delivery;
    const head = decodeHead(delivery.head);
    if (head === undefined) {
      const message = `Message "${id}" of queue "${queue}" has no head that this build can read`;
      await this.#putAside(delivery, undefined, new FlowError('NOT_DECODABLE', { message }));
      return over();
    }
    if (head.deadlineMs !== undefined && session.now() >= head.deadlineMs) {
      const message = `Deadline of trace ${head.traceId} passed before its message left queue "${queue}"`;
      const error = new FlowError('DEADLINE_EXCEEDED', { message, traceId: head.traceId, nodeName: nodeOf(queue) });
      await this.#drop(delivery, head, 'its deadline passed', error);
      return over();
    }
    const cancelled = cancels.reasonFor(head);
    if (cancelled !== undefined) {
      await this.#dropCancelled(delivery, head, cancelled);
      return over();
    }
    if (delivery.starts >= crashLimit) {
      const message = `Message "${id}" of queue "${queue}" was begun ${delivery.starts} times, and each time its process ended`;
      const error = new FlowError('POISON_MESSAGE', {
        message,
        traceId: head.traceId,
        metadata: { starts: delivery.starts },
      });
      await this.#putAside(delivery, head, error);
      return over();
    }
    const decoded = await this.#decode(delivery, head);
    if (decoded === undefined) return over();
    if (!delivery.redelivered) return isolation.together(() => this.#begin(delivery, head, decoded, over));
    tell(this.#core, 'message_redelivered', nodeOf(queue), head, { queue, message_id: id, starts: delivery.starts });
    const start = (): void => {
      session.countStart(delivery).then(
        () => this.#begin(delivery, head, decoded, over),
        (error: unknown) => {
          isolation.ended();
          this.#lost(delivery, error, over);
        },
      );
    };
    if (delivery.starts === 0) isolation.together(start);
    else isolation.alone(start);
  }

  #begin(delivery: Delivery, head: MessageHead, { payload, meta }: Decoded, over: () => void): void {
    // It was handed back, or lost, while it waited for its turn.
    if (!this.#waiting.delete(delivery)) {
      this.#core.isolation.ended();
      over();
      return;
    }
    const cancelled = this.#core.cancels.reasonFor(head);
    if (cancelled !== undefined) {
      this.#core.isolation.ended();
      this.#dropCancelled(delivery, head, cancelled).then(over, (error: unknown) => this.#lost(delivery, error, over));
      return;
    }
    const message = new ArrivedMessage(this.#core, delivery, head, () => {
      this.#working.delete(delivery);
      this.#core.isolation.ended();
      over();
    });
    this.#working.set(delivery, message);
    message.begin(payload, meta);
  }

  /** Undefined where it is put off or aside. */
  async #decode(delivery: Delivery, head: MessageHead): Promise<Decoded | undefined> {
    const { codec } = this.#core;
    const strange = head.to.find((name) => !this.#nodes.has(name));
    if (strange !== undefined) {
      const message = `A message for node "${strange}" came, which this build does not have`;
      const error = new FlowError('PLAN_CHANGED', { message, traceId: head.traceId, metadata: { node: strange } });
      await this.#putOff(delivery, head, error, ({ nodes: known }) => known.includes(strange));
      return undefined;
    }
    try {
      const meta = head.meta === undefined ? {} : (codec.decode(head.meta) as Record<string, unknown>);
      return { payload: codec.decode(delivery.body), meta };
    } catch (error) {
      if (!FlowError.is(error, 'UNKNOWN_TYPE')) await this.#putAside(delivery, head, error as FlowError);
      else {
        const type = error.metadata['type'] as string;
        await this.#putOff(delivery, head, error, ({ types }) => types.includes(type));
      }
      return undefined;
    }
  }

  /** For a build that knows it: for as long as a worker with such a build lives, or ten minutes. */
  async #putOff(
    delivery: Delivery,
    head: MessageHead,
    error: FlowError,
    knows: Parameters<WorkerCore['registry']['isKnown']>[0],
  ): Promise<void> {
    const { registry, session } = this.#core;
    const isYoung = session.now() - delivery.storedMs < UNKNOWN_FOR_MS;
    if (isYoung || (await registry.isKnown(knows))) await session.later(delivery, AGAIN_S, delivery.resumeAttempt);
    else await this.#putAside(delivery, head, error);
  }

  #dropCancelled(delivery: Delivery, head: MessageHead, reason: string): Promise<void> {
    const { traceId } = head;
    const error = new FlowError('TRACE_CANCELLED', { message: `Trace ${traceId} was cancelled: ${reason}`, traceId });
    return this.#drop(delivery, head, reason, error);
  }

  /** Nobody wants it any more. */
  async #drop(delivery: Delivery, head: MessageHead, reason: string, error: FlowError): Promise<void> {
    const { queue } = delivery;
    tell(this.#core, 'message_dropped', nodeOf(queue), head, { queue, message_id: delivery.id, reason });
    const departures = await this.#answer(delivery, head, error);
    await this.#core.session.settle(delivery, { departures });
  }

  /** It can never be worked on. */
  async #putAside(delivery: Delivery, head: MessageHead | undefined, error: FlowError): Promise<void> {
    const { queue } = delivery;
    const code: FlowErrorCode = error.code;
    tell(this.#core, 'dead_letter', nodeOf(queue), head, { queue, message_id: delivery.id, error_code: code });
    const departures = head === undefined ? [] : await this.#answer(delivery, head, error);
    await this.#core.session.settle(delivery, { departures, dead: { reason: JSON.stringify(error.toPayload()) } });
  }

  /** Tells whoever waits; what is to go to the queue of results goes with the settlement. */
  async #answer(delivery: Delivery, head: MessageHead, error: FlowError): Promise<readonly OutMessage[]> {
    const { root, results, token } = head;
    const id = `${delivery.id} failed`;
    const answer = { kind: 'failure', failure: id, token, closes: true, error: error.toPayload() } as const;
    if (results === 'queue') return [queuedAnswer(head, id, answer)];
    if (results === 'reply') await this.#core.session.record('answers', root, id, encodeAnswer(answer));
    return [];
  }

  /** It is not ours any more, or the session is closed: somebody else gets it. */
  #lost(delivery: Delivery, error: unknown, over: () => void): void {
    if (!FlowError.is(error, 'CARRIER_CLOSED')) {
      const reason = FlowError.is(error) ? error.message : String(error);
      tell(this.#core, 'lease_lost', nodeOf(delivery.queue), undefined, { queue: delivery.queue, reason });
    }
    over();
  }
}
