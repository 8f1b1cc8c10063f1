import { sqliteStore, type SqliteStoreOptions } from '#src/store/index.js';
import type { SqliteStore } from '#src/store/sqlite/sqlite-store.js';

import { deleteFile, newFile } from './sqlite-target.js';

/** Files and stores that are gone after each test. */
export function useStores(): {
  newFile(): string;
  open(file: string, options?: Omit<SqliteStoreOptions, 'file'>): SqliteStore;
} {
  const files: string[] = [];
  const stores: SqliteStore[] = [];
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.abandon();
    for (const file of files.splice(0)) deleteFile(file);
  });
  return {
    newFile: () => {
      const file = newFile();
      files.push(file);
      return file;
    },
    open: (file, options = { worker: 'inline' }) => {
      const store = sqliteStore({ file, ...options }) as SqliteStore;
      stores.push(store);
      return store;
    },
  };
}
