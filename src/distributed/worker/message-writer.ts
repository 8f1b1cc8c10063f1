import type { CarriedMessage, Departure, FlowError } from '../../index.js';
import type { OutMessage } from '../carrier/messages.js';
import type { EntryPlan } from '../plan/distributed-plan.js';
import { queueFor } from '../plan/queue-for.js';
import { DepartureIds } from '../protocol/departure-id.js';
import { encodeHead, type MessageHead } from '../protocol/message-head.js';
import { RESULT_QUEUE } from '../protocol/result-queue.js';
import type { WorkerCore } from './worker-core.js';

/** Something that is about to be sent; `take` says that it was. */
interface Written<T> {
  readonly written: T;
  readonly take: () => void;
}

/** A payload and its meta as tagged JSON; no meta where it is empty. */
interface MessageTexts {
  readonly meta: string | undefined;
  readonly body: string;
}

/** Writes what an arrival sends as text, with ids that are the same when it runs again. */
export class MessageWriter {
  readonly #core: WorkerCore;
  readonly #head: MessageHead;
  readonly #ids: DepartureIds;
  /** Queues of nodes with an order, of payloads that were looked at and have not left. */
  readonly #queues = new Map<unknown, Map<string, string>>();
  /** What was looked at last, and its texts. */
  #checked: (Pick<CarriedMessage, 'payload' | 'meta'> & { readonly texts: MessageTexts }) | undefined;

  /** @param arrival - the id of the message that arrived */
  constructor(core: WorkerCore, arrival: string, head: MessageHead) {
    this.#core = core;
    this.#head = head;
    this.#ids = new DepartureIds(arrival);
  }

  /**
   * Whether it can leave.
   *
   * @param to - names of the nodes elsewhere that get it
   * @throws FlowError `NOT_ENCODABLE`, `MESSAGE_TOO_LARGE`, `INVALID_OPTION` for a key of an order that is none
   */
  check(leaving: CarriedMessage, to: readonly string[]): void {
    const { payload, meta } = leaving;
    this.#checked = { payload, meta, texts: this.#write(leaving) };
    // The key of an order is the user's, who may not have thought of this one.
    for (const node of to) this.#queueFor(node, payload);
  }

  /** @param token - that of the arrival; else it gets one of its own, its id */
  message(departure: Departure, token: string | undefined): Written<OutMessage> {
    const { session } = this.#core;
    const { to, from, payload, headers, piece, leftMs, ts } = departure;
    const { body, meta } = this.#textsOf(departure);
    const queue = this.#queueFor(to, payload);
    const { id, take } = this.#ids.next({ queue, headers, meta, piece, body });
    const { root, kind, results, beganMs, traceId } = this.#head;
    const head = encodeHead({
      root,
      kind,
      results,
      beganMs,
      traceId,
      headers,
      meta,
      ts,
      deadlineMs: leftMs === undefined ? undefined : Math.round(session.now() + leftMs),
      to: [to],
      from,
      token: token ?? id,
      key: departure.key(),
      piece,
      trace: departure.traceHeaders(),
    });
    const sent = (): void => {
      take();
      this.#sent(to, payload);
    };
    return { written: { id, queue, head, body }, take: sent };
  }

  result(result: CarriedMessage): Written<{ readonly id: string; readonly value: string }> {
    const { headers, piece } = result;
    const { body, meta } = this.#textsOf(result);
    const { id, take } = this.#ids.next({ queue: RESULT_QUEUE, headers, meta, piece, body });
    return { written: { id, value: body }, take };
  }

  /** Of what failed: the same one when it fails again, whatever fails before it. */
  failureId(error: FlowError): string {
    const { code, message, nodeName } = error;
    const facts = { headers: this.#head.headers, meta: undefined, piece: false };
    const body = JSON.stringify([code, nodeName, message]);
    const { id, take } = this.#ids.next({ ...facts, queue: 'failed', body });
    take();
    return id;
  }

  /** The key of an order is asked for once, however long the message waits for room. */
  #queueFor(node: string, payload: unknown): string {
    const entry = this.#entryOf(node);
    if (entry.order === undefined) return queueFor(entry, payload);
    const queues = this.#queues.get(payload) ?? new Map<string, string>();
    const queue = queues.get(node) ?? queueFor(entry, payload);
    this.#queues.set(payload, queues.set(node, queue));
    return queue;
  }

  #sent(node: string, payload: unknown): void {
    const queues = this.#queues.get(payload);
    queues?.delete(node);
    if (queues?.size === 0) this.#queues.delete(payload);
  }

  #entryOf(node: string): EntryPlan {
    return this.#core.plan.entries.find((entry) => entry.node === node) as EntryPlan;
  }

  /** What was just looked at is not written again. */
  #textsOf(leaving: CarriedMessage): MessageTexts {
    const { payload, meta } = leaving;
    const checked = this.#checked;
    const isChecked = checked !== undefined && checked.payload === payload && checked.meta === meta;
    return isChecked ? checked.texts : this.#write(leaving);
  }

  #write({ payload, meta }: CarriedMessage): MessageTexts {
    const { codec } = this.#core;
    return {
      meta: Object.keys(meta).length === 0 ? undefined : codec.encodeMeta(meta),
      body: codec.encode(payload),
    };
  }
}
