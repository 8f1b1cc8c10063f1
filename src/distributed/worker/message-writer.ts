import type { CarriedMessage, Departure, FlowError } from '../../index.js';
import type { OutMessage } from '../carrier/messages.js';
import type { EntryPlan } from '../plan/distributed-plan.js';
import { queueFor } from '../plan/queue-for.js';
import { DepartureIds } from '../protocol/departure-id.js';
import { encodeHead, type MessageHead } from '../protocol/message-head.js';
import type { WorkerCore } from './worker-core.js';

/** Something that is about to be sent; `take` says that it was. */
interface Written<T> {
  readonly written: T;
  readonly take: () => void;
}

/** Writes what an arrival sends as text, with ids that are the same when it runs again. */
export class MessageWriter {
  readonly #core: WorkerCore;
  readonly #head: MessageHead;
  readonly #ids: DepartureIds;
  /** What was looked at last, and its text. */
  #checked: { readonly payload: unknown; readonly text: string } | undefined;

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
  check({ payload, meta }: CarriedMessage, to: readonly string[]): void {
    const { codec } = this.#core;
    codec.encodeMeta(meta);
    this.#checked = { payload, text: codec.encode(payload) };
    // The key of an order is the user's, who may not have thought of this one.
    for (const node of to) queueFor(this.#entryOf(node), payload);
  }

  /** @param token - that of the arrival; else it gets one of its own, its id */
  message(departure: Departure, token: string | undefined): Written<OutMessage> {
    const { plan, session } = this.#core;
    const { to, from, payload, headers, piece, leftMs, ts } = departure;
    const body = this.#textOf(payload);
    const queue = queueFor(this.#entryOf(to), payload);
    const meta = this.#metaOf(departure.meta);
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
      plan: plan.hash,
      trace: departure.traceHeaders(),
    });
    return { written: { id, queue, head, body }, take };
  }

  result({ payload, headers, meta, piece }: CarriedMessage): Written<{ readonly id: string; readonly value: string }> {
    const value = this.#textOf(payload);
    const facts = { queue: 'Rookery', headers, meta: this.#metaOf(meta), piece, body: value };
    const { id, take } = this.#ids.next(facts);
    return { written: { id, value }, take };
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

  #entryOf(node: string): EntryPlan {
    return this.#core.plan.entries.find((entry) => entry.node === node) as EntryPlan;
  }

  #textOf(payload: unknown): string {
    const checked = this.#checked;
    return checked !== undefined && checked.payload === payload ? checked.text : this.#core.codec.encode(payload);
  }

  #metaOf(meta: Readonly<Record<string, unknown>>): string | undefined {
    return Object.keys(meta).length === 0 ? undefined : this.#core.codec.encodeMeta(meta);
  }
}
