import { memoryStore, type FlowStore } from '#src/store/index.js';

/** A store of which some methods are others. */
export function storeWith(changes: Partial<FlowStore>, store = memoryStore()): FlowStore {
  return new Proxy(store, {
    get(target, name: keyof FlowStore) {
      const method = (changes[name] ?? target[name]) as ((...given: unknown[]) => unknown) | undefined;
      return method?.bind(target);
    },
  });
}
