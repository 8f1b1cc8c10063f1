import type { CarrierSession } from '../carrier/carrier-session.js';
import type { StoredRecord, Subscription } from '../carrier/records.js';
import { CANCEL_TTL_S, cancelKey, type CancelBody } from '../protocol/cancel.js';
import type { MessageHead } from '../protocol/message-head.js';

/** What can be cancelled: a message that is worked on. */
export interface Cancellable {
  readonly head: MessageHead;
  cancel(reason: string): void;
}

/** So many cancels are remembered at most, as the engine does. */
const MOST = 100_000;

interface KnownCancel {
  readonly storedMs: number;
  readonly reason: string;
}

/** Knows what was cancelled: ends what runs of it here, and knows what comes later (D16). */
export class CancelBook {
  readonly #session: CarrierSession;
  readonly #subscription: Subscription;
  /** By key, the oldest first. */
  readonly #known = new Map<string, KnownCancel>();
  readonly #running = new Map<string, Set<Cancellable>>();

  constructor(session: CarrierSession) {
    this.#session = session;
    this.#subscription = session.records('cancels', '', 'start', (record) => this.#hear(record));
  }

  /** Why a message is not to be worked on; undefined when it is. */
  reasonFor(head: MessageHead): string | undefined {
    if (this.#known.size === 0) return undefined;
    for (const key of keysOf(head)) {
      const known = this.#known.get(key);
      if (known !== undefined && head.beganMs <= known.storedMs) return known.reason;
    }
    return undefined;
  }

  begin(each: Cancellable): void {
    for (const key of keysOf(each.head)) {
      const running = this.#running.get(key);
      if (running === undefined) this.#running.set(key, new Set([each]));
      else running.add(each);
    }
  }

  end(each: Cancellable): void {
    for (const key of keysOf(each.head)) {
      const running = this.#running.get(key);
      running?.delete(each);
      if (running?.size === 0) this.#running.delete(key);
    }
  }

  close(): void {
    this.#subscription.close();
  }

  #hear({ key, body, storedMs }: StoredRecord): void {
    const { reason } = JSON.parse(body) as CancelBody;
    this.#known.delete(key);
    this.#known.set(key, { storedMs, reason });
    this.#forgetOld();
    for (const each of this.#running.get(key) ?? []) if (each.head.beganMs <= storedMs) each.cancel(reason);
  }

  #forgetOld(): void {
    const before = this.#session.now() - CANCEL_TTL_S * 1000;
    for (const [key, { storedMs }] of this.#known) {
      if (storedMs > before && this.#known.size <= MOST) return;
      this.#known.delete(key);
    }
  }
}

function keysOf({ root, traceId, headers: { tenant } }: MessageHead): readonly string[] {
  return [cancelKey({ root }), cancelKey({ traceId, tenant })];
}
