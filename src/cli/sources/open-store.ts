import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { FlowStore } from '../../store/index.js';
import { CommandFailure } from '../command-failure.js';
import { EXIT } from '../exit-codes.js';
import type { StorePlace } from './source-options.js';

/** What may be done to the tables of a store: nothing, nothing but deleting rows, or all. */
export type StoreUse = 'read' | 'prune' | 'migrate';

/** Opens a store, does something with it, and closes it. */
export async function withStore<Result>(
  place: StorePlace,
  use: StoreUse,
  body: (store: FlowStore) => Promise<Result>,
): Promise<Result> {
  const { file } = place;
  if (file === undefined) return withOpened(place, use, body);
  checkFile(file, use);
  try {
    // Who may change a file takes a damaged one away and begins anew, as an application has to go on. A person may have named the wrong file.
    if (use === 'migrate' && existsSync(file))
      await withOpened(place, 'read', (store) => store.stats()).catch(ifDamaged);
    return await withOpened(place, use, body);
  } catch (error) {
    if (!isDamage(error)) throw error;
    const hint = 'Nothing was changed. If it was one, `sqlite3 FILE .recover` saves what can be saved.';
    throw new CommandFailure(EXIT.failed, `${file} is damaged, or no SQLite file`, hint);
  } finally {
    // There is no flow any more that the pause could hurt.
    if (existsSync(`${file}-shm`)) letGo();
  }
}

async function withOpened<Result>(
  { file, postgres }: StorePlace,
  use: StoreUse,
  body: (store: FlowStore) => Promise<Result>,
): Promise<Result> {
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

function checkFile(file: string, use: StoreUse): void {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) {
    if (use === 'migrate' && file !== '') return;
    throw new CommandFailure(EXIT.notFound, `There is no store ${file}`);
  }
  if (!found.isFile()) throw new CommandFailure(EXIT.usage, `${file} is no file`, 'Name the SQLite file of a history.');
  try {
    accessSync(file, constants.R_OK);
  } catch {
    throw new CommandFailure(EXIT.unreachable, `${file} may not be read`);
  }
}

/** Tables of an older version, or none yet, are what a migration is for. */
function ifDamaged(error: unknown): void {
  if (isDamage(error)) throw error;
}

function isDamage(error: unknown): boolean {
  return (error as { readonly code?: unknown }).code === 'STORE_CORRUPT';
}

/**
 * One of the drivers closes the file when its objects are garbage, and only who closes it takes SQLite's journal away: what a command
 * leaves behind could be of another user than the application, which could not write it then.
 */
function letGo(): void {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
