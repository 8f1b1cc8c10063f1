import type { FlowStore } from '../flow-store.js';
import { invalidStoreOption } from '../store-options.js';

const METHODS: readonly (keyof FlowStore)[] = [
  ...(['open', 'close', 'write', 'heartbeat', 'list', 'run', 'payload', 'logs'] as const),
  ...(['claimDead', 'pin', 'prune', 'forget', 'stats'] as const),
];

/** @throws FlowError `INVALID_OPTION` for what is no store */
export function checkStore(store: unknown): void {
  const methods = store as Partial<FlowStore> | undefined | null;
  const missing = METHODS.find((name) => typeof methods?.[name] !== 'function');
  if (missing === undefined) return;
  const expected = `a FlowStore, such as \`memoryStore()\`, with \`${missing}()\``;
  throw invalidStoreOption('store', 'FlowHistory', expected, store);
}
