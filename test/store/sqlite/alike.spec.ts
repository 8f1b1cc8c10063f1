import { memoryStore, sqliteStore } from '#src/store/index.js';
import type { SqliteStore } from '#src/store/sqlite/sqlite-store.js';

import { Comparison, RUNS } from '../support/comparison.js';
import { deleteFile, newFile } from './support/sqlite-target.js';

describe('sqliteStore beside memoryStore', () => {
  it(`H1 H1b H6 H11 H13 answers alike, for ${RUNS} runs at random and questions about them`, async function () {
    this.timeout(20_000 + RUNS * 20);
    const file = newFile();
    const stores = [memoryStore({ maxRuns: 1_000_000 }), sqliteStore({ file, worker: 'inline' })] as const;
    try {
      await new Comparison(stores).compare();
    } finally {
      await (stores[1] as SqliteStore).abandon();
      deleteFile(file);
    }
  });
});
