import { FlowHistory, memoryStore, type FlowHistoryOptions, type FlowStore } from '#src/store/index.js';

/** Histories that are closed after each test, once its flows have stopped. */
export interface Histories {
  /** @param store - a new one in memory unless given */
  of(options?: FlowHistoryOptions, store?: FlowStore): FlowHistory;
}

export function useHistories(flows: { stopAll(): Promise<void> }): Histories {
  const open: FlowHistory[] = [];
  afterEach(async () => {
    await flows.stopAll();
    for (const history of open.splice(0)) await history.close();
  });
  return {
    of(options = {}, store = memoryStore()) {
      const history = new FlowHistory(store, options);
      open.push(history);
      return history;
    },
  };
}
