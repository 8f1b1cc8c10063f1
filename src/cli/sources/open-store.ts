import { existsSync } from 'node:fs';

import type { FlowStore } from '../../store/index.js';
import { CommandFailure } from '../command-failure.js';
import { EXIT } from '../exit-codes.js';
import type { StorePlace } from './source-options.js';

/** What may be done to the tables of a store: nothing, nothing but deleting rows, or all. */
export type StoreUse = 'read' | 'prune' | 'migrate';

/** Opens a store, does something with it, and closes it. */
export async function withStore<Result>(
  { file, postgres }: StorePlace,
  use: StoreUse,
  body: (store: FlowStore) => Promise<Result>,
): Promise<Result> {
  if (file !== undefined && use !== 'migrate' && !existsSync(file)) {
    throw new CommandFailure(EXIT.notFound, `There is no store ${file}`);
  }
  const { sqliteStore, postgresStore } = await import('../../store/index.js');
  const store =
    postgres === undefined
      ? // There is no flow that the threads would spare.
        sqliteStore({ file: file ?? '', worker: 'inline', migrate: use === 'migrate' ? 'auto' : 'check' })
      : postgresStore({
          url: postgres.url,
          worker: 'inline',
          ...(postgres.schema === undefined ? {} : { schema: postgres.schema }),
          // Whoever reads may have no right to anything else.
          migrate: use === 'migrate' ? 'auto' : use === 'prune' ? 'check' : 'never',
        });
  try {
    return await body(store);
  } finally {
    // What is left of it goes with the process.
    await store.close(Date.now()).catch(() => undefined);
  }
}
