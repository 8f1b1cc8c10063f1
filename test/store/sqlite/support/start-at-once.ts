import { sqliteStore } from '#src/store/index.js';

import { INIT, writeRuns } from '../../support/rows.js';

// node start-at-once.js NAME AT_MS FILE...: opens each file at the same moment as another process does, and writes a run.
const [name, atMs, ...files] = process.argv.slice(2);
for (const [index, file] of files.entries()) {
  const store = sqliteStore({ file, worker: 'inline' });
  const startMs = Number(atMs) + index * 100;
  // To the millisecond, which a timer is not.
  while (Date.now() < startMs);
  await writeRuns(store, 1, { ...INIT, instance: `${name}` });
  await store.close(1);
}
