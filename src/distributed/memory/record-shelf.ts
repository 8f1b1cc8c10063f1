import type { RecordTopic, StoredRecord, Subscription } from '../carrier/records.js';
import type { MemoryEngine } from './memory-engine.js';
import type { SessionCore } from './session-core.js';
import { MinHeap } from './min-heap.js';

interface Kept {
  readonly record: StoredRecord;
  readonly untilMs: number;
}

interface Listener {
  readonly session: SessionCore;
  readonly prefix: string;
  readonly on: (record: StoredRecord) => void;
  isClosed: boolean;
}

/** The records of one topic (D16, D17). */
export class RecordShelf {
  readonly #engine: MemoryEngine;
  /** In the order in which they were stored. */
  readonly #all = new Set<Kept>();
  readonly #byKey = new Map<string, Map<string, Kept>>();
  readonly #ending = new MinHeap<Kept>(({ untilMs }) => untilMs);
  readonly #listeners = new Set<Listener>();

  constructor(engine: MemoryEngine) {
    this.#engine = engine;
  }

  add(key: string, id: string, body: string, ttlS: number): void {
    this.#drop();
    const ofKey = this.#byKey.get(key) ?? new Map<string, Kept>();
    if (ofKey.has(id)) return;
    const record = Object.freeze({ key, id, body, storedMs: this.#engine.nowMs });
    const kept = { record, untilMs: this.#engine.elapsedMs + ttlS * 1_000 };
    this.#all.add(kept);
    this.#byKey.set(key, ofKey.set(id, kept));
    this.#ending.push(kept);
    for (const listener of this.#listeners) if (key.startsWith(listener.prefix)) tell(listener, record);
  }

  of(key: string): readonly StoredRecord[] {
    this.#drop();
    return [...(this.#byKey.get(key)?.values() ?? [])].map(({ record }) => record);
  }

  listen(
    session: SessionCore,
    prefix: string,
    from: 'start' | 'now',
    on: (record: StoredRecord) => void,
  ): Subscription {
    const listener: Listener = { session, prefix, on, isClosed: false };
    if (from === 'start') {
      this.#drop();
      for (const { record } of this.#all) if (record.key.startsWith(prefix)) tell(listener, record);
    }
    this.#listeners.add(listener);
    return {
      close: () => {
        listener.isClosed = true;
        this.#listeners.delete(listener);
      },
    };
  }

  /** Forgets those whose time is over. */
  #drop(): void {
    const nowMs = this.#engine.elapsedMs;
    for (let next = this.#ending.peek(); next !== undefined && next.untilMs <= nowMs; next = this.#ending.peek()) {
      this.#ending.pop();
      this.#all.delete(next);
      const ofKey = this.#byKey.get(next.record.key);
      ofKey?.delete(next.record.id);
      if (ofKey?.size === 0) this.#byKey.delete(next.record.key);
    }
  }
}

export type RecordShelves = Readonly<Record<RecordTopic, RecordShelf>>;

function tell(listener: Listener, record: StoredRecord): void {
  listener.session.call(() => {
    if (!listener.isClosed) listener.on(record);
  });
}
