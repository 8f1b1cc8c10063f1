import type { RootRequest } from '../../index.js';
import type { OutMessage } from '../carrier/messages.js';
import type { PayloadCodec } from '../codec/payload-codec.js';
import type { DistributedPlan } from '../plan/distributed-plan.js';
import { queueFor } from '../plan/queue-for.js';
import { digest } from '../protocol/digest.js';
import { encodeHead } from '../protocol/message-head.js';

/** A queue, and the nodes behind it that get the message. */
interface Place {
  readonly queue: string;
  readonly to: readonly string[];
}

/** What all messages of a root say. */
export interface RootFacts {
  readonly root: string;
  /** By the engine's clock. */
  readonly nowMs: number;
  /** Where the work goes on in a trace. */
  readonly trace: Readonly<Record<string, string>>;
}

/** What a request becomes at the carrier: its payload as text, and the queues that it goes to. */
export class Draft {
  readonly #plan: DistributedPlan;
  readonly #request: RootRequest;
  readonly #places: readonly Place[];
  readonly #body: string;
  readonly #meta: string | undefined;

  /** @throws FlowError `NOT_ENCODABLE`, `MESSAGE_TOO_LARGE`; `INVALID_OPTION` when an order has no key for the payload */
  constructor(plan: DistributedPlan, codec: PayloadCodec, request: RootRequest) {
    const { meta, payload } = request;
    this.#plan = plan;
    this.#request = request;
    this.#meta = Object.keys(meta).length === 0 ? undefined : codec.encodeMeta(meta);
    this.#body = codec.encode(payload);
    this.#places = placesOf(plan, request);
  }

  messages({ root, nowMs, trace }: RootFacts): readonly OutMessage[] {
    const { kind, traceId, headers, id: given, ts } = this.#request;
    const leftMs = this.#request.leftMs();
    return this.#places.map(({ queue, to }, index) => {
      const isKnown = given !== undefined && kind === 'emit';
      const id = isKnown ? this.#knownId(given, queue) : `${root}.${index}`;
      const head = encodeHead({
        root,
        kind,
        results: this.#plan.results,
        beganMs: nowMs,
        traceId,
        headers,
        meta: this.#meta,
        ts,
        deadlineMs: leftMs === undefined ? undefined : Math.round(nowMs + leftMs),
        to,
        from: 'OpenSea',
        token: id,
        key: given ?? root,
        piece: false,
        trace,
      });
      return { id, queue, head, body: this.#body };
    });
  }

  /** Equal for an equal `id` of the user's, so that it is accepted once. */
  #knownId(id: string, queue: string): string {
    const facts = JSON.stringify([this.#plan.flow, this.#request.headers.tenant, id, queue]);
    return digest(facts);
  }
}

/** One message for each group that it enters, and one for each node with an order. */
function placesOf({ entries }: DistributedPlan, { to, payload }: RootRequest): readonly Place[] {
  const places: Place[] = [];
  const byGroup = new Map<string, { readonly queue: string; readonly to: string[] }>();
  for (const entry of entries) {
    if (!to.includes(entry.node)) continue;
    if (entry.order !== undefined) {
      places.push({ queue: queueFor(entry, payload), to: [entry.node] });
      continue;
    }
    const place = byGroup.get(entry.group);
    if (place !== undefined) {
      place.to.push(entry.node);
      continue;
    }
    const first = { queue: entry.queues[0] as string, to: [entry.node] };
    byGroup.set(entry.group, first);
    places.push(first);
  }
  return places;
}
