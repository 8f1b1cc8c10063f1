import type { FlowStore } from '../flow-store.js';
import type { ConformanceTarget } from './conformance-target.js';
import { Writer } from './writer.js';

/** What a case gets: a new store, and a runner that writes into it. */
export class Examined {
  readonly #target: ConformanceTarget;
  #store: FlowStore;
  readonly writer: Writer;

  constructor(target: ConformanceTarget, store: FlowStore, writer: Writer) {
    this.#target = target;
    this.#store = store;
    this.writer = writer;
  }

  static async of(target: ConformanceTarget): Promise<Examined> {
    const store = await target.create();
    try {
      return new Examined(target, store, await Writer.open(store));
    } catch (error) {
      await target.destroy(store);
      throw error;
    }
  }

  get store(): FlowStore {
    return this.#store;
  }

  /** Kills the store; resolves with the next one on the same data. */
  async crash(): Promise<FlowStore> {
    if (this.#target.crash !== undefined) this.#store = await this.#target.crash(this.#store);
    return this.#store;
  }

  async destroy(): Promise<void> {
    await this.#target.destroy(this.#store);
  }
}

/** A case, before it is bound to a store. */
export interface Promised {
  readonly title: string;
  /** It is about what is there after the end of a process. */
  readonly crashes?: true;
  holds(examined: Examined): Promise<void>;
}
