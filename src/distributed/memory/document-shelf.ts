import type { StoredDocument } from '../carrier/records.js';
import type { MemoryEngine } from './memory-engine.js';
import { MinHeap } from './min-heap.js';

interface Ending {
  readonly document: StoredDocument;
  readonly untilMs: number;
}

/** Documents with compare-and-set. */
export class DocumentShelf {
  readonly #engine: MemoryEngine;
  readonly #documents = new Map<string, StoredDocument>();
  readonly #ending = new MinHeap<Ending>(({ untilMs }) => untilMs);

  constructor(engine: MemoryEngine) {
    this.#engine = engine;
  }

  read(key: string): StoredDocument | undefined {
    this.#drop();
    return this.#documents.get(key);
  }

  write(key: string, body: string, rev: number, ttlS: number | undefined): boolean {
    if ((this.read(key)?.rev ?? 0) !== rev) return false;
    const document = Object.freeze({ key, body, rev: this.#engine.nextNumber() });
    this.#documents.set(key, document);
    if (ttlS !== undefined) this.#ending.push({ document, untilMs: this.#engine.elapsedMs + ttlS * 1_000 });
    return true;
  }

  delete(key: string, rev: number): boolean {
    return this.read(key)?.rev === rev && this.#documents.delete(key);
  }

  list(prefix: string): readonly StoredDocument[] {
    this.#drop();
    const found = [...this.#documents.values()].filter(({ key }) => key.startsWith(prefix));
    return found.toSorted((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** Forgets those whose time is over, unless they were written anew. */
  #drop(): void {
    const nowMs = this.#engine.elapsedMs;
    for (let next = this.#ending.peek(); next !== undefined && next.untilMs <= nowMs; next = this.#ending.peek()) {
      this.#ending.pop();
      if (this.#documents.get(next.document.key) === next.document) this.#documents.delete(next.document.key);
    }
  }
}
