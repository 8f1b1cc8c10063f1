import type { FlowStore, KeepPolicy } from '../flow-store.js';
import type { StoreTrouble } from './store-trouble.js';
import type { WriterClock } from './writer-clock.js';

const EVERY_MS = 60_000;

/** Deletes what is too old or too much, now and then and step by step; nobody waits for it. */
export class Retention {
  readonly #store: FlowStore;
  readonly #keep: KeepPolicy;
  readonly #clock: WriterClock;
  readonly #trouble: StoreTrouble;
  #nextMs = 0;
  #isTidying = false;
  #hasEnded = false;

  constructor(store: FlowStore, keep: KeepPolicy, clock: WriterClock, trouble: StoreTrouble) {
    this.#store = store;
    this.#keep = keep;
    this.#clock = clock;
    this.#trouble = trouble;
  }

  /** Tidies up if it is time to. */
  async tidy(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#isTidying || nowMs < this.#nextMs || Object.keys(this.#keep).length === 0) return;
    this.#nextMs = nowMs + EVERY_MS;
    this.#isTidying = true;
    try {
      for (let more = true; more && !this.#hasEnded;) {
        ({ more } = await this.#store.prune({ keep: this.#keep, nowMs: this.#clock.nowMs() }));
      }
    } catch (error) {
      this.#trouble.tell('history_degraded', error);
    } finally {
      this.#isTidying = false;
    }
  }

  end(): void {
    this.#hasEnded = true;
  }
}
