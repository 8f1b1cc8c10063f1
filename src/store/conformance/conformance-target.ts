import type { FlowStore } from '../flow-store.js';

/** A kind of store that is to be examined. */
export interface ConformanceTarget {
  /** Begins the title of each case. */
  readonly name: string;
  /** A new store with nothing in it; it has room for 1,000 runs. */
  create(): FlowStore | Promise<FlowStore>;
  /** Takes it away with all it has written; it may have been closed. */
  destroy(store: FlowStore): void | Promise<void>;
  /**
   * Ends the store without `close()`, like a process that is killed, and gives another one on the same data. Without it the cases about that
   * are left out: a store that keeps nothing over the end of its process needs none.
   */
  crash?(store: FlowStore): FlowStore | Promise<FlowStore>;
}

/** One promise of a store; `run` rejects when it isn't kept. */
export interface ConformanceCase {
  readonly title: string;
  run(): Promise<void>;
}
