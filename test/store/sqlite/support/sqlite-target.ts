import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import type { ConformanceTarget } from '#src/store/conformance/index.js';
import { sqliteStore, type FlowStore, type SqliteStoreOptions } from '#src/store/index.js';
import type { SqliteStore } from '#src/store/sqlite/sqlite-store.js';

/** A file in a folder of its own, which is not there yet. */
export function newFile(): string {
  return join(mkdtempSync(join(tmpdir(), 'penguiflow-sqlite-')), 'history.db');
}

export function deleteFile(file: string): void {
  rmSync(dirname(file), { recursive: true, force: true });
}

/** Options for threads, or for none. */
function withWorker(worker: 'inline' | 'threads'): Pick<SqliteStoreOptions, 'worker'> {
  return worker === 'inline' ? { worker } : {};
}

/** For the conformance suite. */
export function sqliteTarget({
  worker,
  driver,
}: {
  readonly worker: 'inline' | 'threads';
  readonly driver?: SqliteStoreOptions['driver'];
}): ConformanceTarget {
  const files = new Map<FlowStore, string>();
  const open = (file: string): FlowStore => {
    const store = sqliteStore({ file, ...(driver === undefined ? {} : { driver }), ...withWorker(worker) });
    files.set(store, file);
    return store;
  };
  return {
    name: 'sqliteStore',
    create: () => open(newFile()),
    destroy: async (store) => {
      await (store as SqliteStore).abandon();
      deleteFile(files.get(store)!);
    },
    crash: async (store) => {
      await (store as SqliteStore).abandon('kill');
      return open(files.get(store)!);
    },
  };
}
