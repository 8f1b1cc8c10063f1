import { inspect } from 'node:util';

import type { FlowStore } from './flow-store.js';
import { checkKnown, invalidStoreOption } from './store-options.js';
import { DRIVERS } from './sqlite/drivers.js';
import type { DriverName } from './sqlite/database.js';
import { SqliteStore } from './sqlite/sqlite-store.js';
import { workerFile } from './thread/worker-file.js';

/** Options of {@link sqliteStore}. */
export interface SqliteStoreOptions {
  /** The file; its folder has to be there. It is made readable for its user alone, and has two more beside it, `-wal` and `-shm`. */
  readonly file: string;
  /**
   * Who talks to SQLite: `node:sqlite` (Node 22.13 or newer), or one of the packages `better-sqlite3` and `libsql`, which you install.
   * @defaultValue `'auto'`: the first of these that is there
   */
  readonly driver?: 'auto' | 'node' | 'better-sqlite3' | 'libsql';
  /**
   * `full` waits for the disk after each batch: then a power cut loses nothing that was written. `normal` loses up to a second of it; the end
   * of the process alone loses nothing either way.
   * @defaultValue `'normal'`
   */
  readonly synchronous?: 'normal' | 'full';
  /**
   * The file that its two threads run, where a bundler has put it; `inline` does without threads, and stops the thread of the flow while it
   * writes and reads.
   * @defaultValue `penguiflow/store/sqlite-worker`, beside this module
   */
  readonly worker?: URL | 'inline';
  /**
   * `auto` makes the file, and changes its tables when a new version needs it. `check` does neither, and takes no damaged file out of the way:
   * for programs that look at the history of another one.
   * @defaultValue `'auto'`
   */
  readonly migrate?: 'auto' | 'check';
}

const OWNER = 'sqliteStore';
const OPTIONS = ['file', 'driver', 'synchronous', 'worker', 'migrate'];

/**
 * A store in one SQLite file, which several processes of a machine may share.
 *
 * Its methods reject with `STORE_DRIVER_MISSING`, `STORE_DRIVER_MIXED`, `STORE_WORKER_MISSING` and `STORE_FILE_UNSUPPORTED` where it can't
 * work as it is; with `STORE_UNAVAILABLE` where another try may help; with `STORE_CORRUPT` once when the file was damaged: it has been renamed,
 * and a new one begins.
 *
 * @throws FlowError `INVALID_OPTION`
 * @example
 * ```ts
 * const store = sqliteStore({ file: 'penguiflow.db' });
 * ```
 */
export function sqliteStore(options: SqliteStoreOptions): FlowStore {
  checkKnown(options, OPTIONS, OWNER);
  const { file, driver = 'auto', synchronous = 'normal', worker, migrate = 'auto' } = options;
  if (typeof file !== 'string' || file === '' || file.includes('\0')) {
    throw invalidStoreOption('file', OWNER, 'the path of a file', file);
  }
  // Two connections would have two of them.
  if (file.startsWith(':memory:') || file.startsWith('file:')) {
    throw invalidStoreOption(
      'file',
      OWNER,
      'the path of a file; for the memory of the process there is memoryStore()',
      file,
    );
  }
  check('driver', driver, ['auto', ...DRIVERS]);
  check('synchronous', synchronous, ['normal', 'full']);
  check('migrate', migrate, ['auto', 'check']);
  return new SqliteStore({
    file,
    synchronous,
    migrate,
    driver: driver as DriverName | 'auto',
    worker: workerFile(OWNER, worker, import.meta),
  });
}

function check(option: string, value: string, words: readonly string[]): void {
  if (!words.includes(value)) throw invalidStoreOption(option, OWNER, `one of ${inspect(words)}`, value);
}
