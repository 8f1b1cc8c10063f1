import { existsSync, statSync } from 'node:fs';

import { FlowError, type FlowErrorCode } from '../../../index.js';
import {
  resultCode,
  RESULT,
  type Driver,
  type SqlDatabase,
  type SqlStatement,
} from '../../../store/sqlite/database.js';
import { makePrivate, remoteFileSystem } from '../../../store/sqlite/file-place.js';
import { APPLICATION_ID, MIGRATIONS } from './schema.js';

/** So long another process may hold the file before the engine counts as away. */
const GIVE_UP_MS = 1_000;
const MIN_PAUSE_MS = 0.3;
const MAX_PAUSE_MS = 1.3;
/** Whoever has just written leaves the file alone for so long when others want it, too. */
const COURTESY_MS = 0.5;
const BUSY: ReadonlySet<number | undefined> = new Set([RESULT.BUSY, RESULT.LOCKED, RESULT.PROTOCOL]);

/** The error for a file that a carrier cannot use. */
export function fileError(code: FlowErrorCode, file: string, why: string, cause?: unknown, hint?: string): FlowError {
  return new FlowError(code, {
    message: `The file ${JSON.stringify(file)} of the carrier cannot be used: ${why}`,
    metadata: { file },
    cause,
    hint,
  });
}

/** The one connection of a thread with the file. It blocks: the thread has nothing else to do. */
export class CarrierFile {
  readonly file: string;
  readonly #driver: Driver;
  #database: SqlDatabase | undefined;
  #inode = 0;
  #version = -1;
  #isDurable = true;
  #isContended = false;
  #lastEndMs = 0;

  constructor(driver: Driver, file: string) {
    this.#driver = driver;
    this.file = file;
  }

  get database(): SqlDatabase {
    if (this.#database === undefined) throw fileError('STORE_UNAVAILABLE', this.file, 'it is not open');
    return this.#database;
  }

  prepare(sql: string): SqlStatement {
    return this.database.prepare(sql);
  }

  /**
   * Opens the file, and makes its tables if they are not there; two who start at once do so once.
   * @throws FlowError `STORE_FILE_UNSUPPORTED` for a file of somebody else or of a newer version
   */
  open(): void {
    const { file } = this;
    const remote = remoteFileSystem(file);
    if (remote !== undefined) {
      throw fileError(
        'STORE_FILE_UNSUPPORTED',
        file,
        `its folder is on ${remote}, where the locks of SQLite do not hold`,
      );
    }
    makePrivate(file);
    this.#inode = inodeOf(file);
    const database = this.#driver.open(file);
    this.#database = database;
    this.#isDurable = true;
    try {
      database.exec('pragma busy_timeout = 0');
      const mode = this.#retrying(() => database.prepare('pragma journal_mode = wal').get()?.['journal_mode']);
      if (mode !== 'wal') {
        const why = `its file system has no locks for several readers: SQLite keeps its journal as "${String(mode)}" there`;
        throw fileError('STORE_FILE_UNSUPPORTED', file, why);
      }
      database.exec(
        'pragma synchronous = full; pragma wal_autocheckpoint = 2000; pragma journal_size_limit = 33554432',
      );
      database.exec('pragma cache_size = -32768; pragma temp_store = memory');
      this.#migrate();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    this.#database?.close();
    this.#database = undefined;
  }

  /** Closes and opens it: it may be another file now. */
  reopen(): void {
    try {
      this.close();
    } catch {
      // What is damaged may not even be closed.
    }
    this.#database = undefined;
    if (!existsSync(this.file)) throw fileError('STORE_UNAVAILABLE', this.file, 'it is not there');
    this.open();
  }

  /** Whether its name still leads to the file that is open. */
  place(): 'here' | 'gone' | 'another' {
    const inode = inodeOf(this.file);
    if (inode === this.#inode) return 'here';
    return inode === 0 ? 'gone' : 'another';
  }

  /** Whether others have written since this was asked last. */
  hasChanged(): boolean {
    const version = Number(this.prepare('pragma data_version').get()?.['data_version']);
    const hasChanged = version !== this.#version;
    this.#version = version;
    return hasChanged;
  }

  /**
   * All of it or nothing, while nobody else writes.
   * @param isDurable - it survives a power loss when this returns
   */
  write<Result>(isDurable: boolean, body: (othersWrote: boolean) => Result, giveUpMs = GIVE_UP_MS): Result {
    const { database } = this;
    if (isDurable !== this.#isDurable) {
      database.exec(`pragma synchronous = ${isDurable ? 'full' : 'normal'}`);
      this.#isDurable = isDurable;
    }
    if (this.#isContended && performance.now() - this.#lastEndMs < COURTESY_MS) pause(COURTESY_MS);
    this.#isContended = false;
    this.#retrying(() => database.exec('begin immediate'), giveUpMs);
    try {
      const othersWrote = this.hasChanged();
      if (othersWrote) this.#isContended = true;
      const result = body(othersWrote);
      database.exec('commit');
      return result;
    } catch (error) {
      this.#rollBack();
      throw error;
    } finally {
      this.#lastEndMs = performance.now();
    }
  }

  /** Several statements that see the same. */
  read<Result>(body: () => Result): Result {
    this.#retrying(() => this.database.exec('begin'));
    try {
      return body();
    } finally {
      this.#rollBack();
    }
  }

  #migrate(): void {
    const { database, file } = this;
    this.write(true, () => {
      const version = numberOf(database, 'user_version');
      const isOurs = numberOf(database, 'application_id') === APPLICATION_ID;
      if (!isOurs && (version > 0 || database.prepare('select 1 from sqlite_schema limit 1').get() !== undefined)) {
        const why = 'it is a database of another program, or a history';
        throw fileError(
          'STORE_FILE_UNSUPPORTED',
          file,
          why,
          undefined,
          'Name another file: a carrier has one of its own.',
        );
      }
      if (version > MIGRATIONS.length) {
        const why = `a newer version of penguiflow has made its tables (${version}; this one knows ${MIGRATIONS.length})`;
        throw fileError('STORE_FILE_UNSUPPORTED', file, why, undefined, 'Update penguiflow, or name another file.');
      }
      if (version === MIGRATIONS.length) return;
      for (const migration of MIGRATIONS.slice(version)) database.exec(migration);
      database.exec(`pragma application_id = ${APPLICATION_ID}; pragma user_version = ${MIGRATIONS.length}`);
    });
  }

  #retrying<Result>(body: () => Result, giveUpMs = GIVE_UP_MS): Result {
    const startedMs = performance.now();
    for (;;) {
      try {
        return body();
      } catch (error) {
        if (!BUSY.has(resultCode(error))) throw error;
        if (performance.now() - startedMs > giveUpMs) {
          const why = `another process has held its lock for ${GIVE_UP_MS / 1_000} s`;
          throw fileError('STORE_UNAVAILABLE', this.file, why, error);
        }
      }
      this.#isContended = true;
      pause(MIN_PAUSE_MS + Math.random() * (MAX_PAUSE_MS - MIN_PAUSE_MS));
    }
  }

  #rollBack(): void {
    try {
      this.#database?.exec('rollback');
    } catch {
      // SQLite has done so itself: after a full disk, for one.
    }
  }
}

function numberOf(database: SqlDatabase, pragma: 'user_version' | 'application_id'): number {
  return Number(database.prepare(`pragma ${pragma}`).get()?.[pragma]);
}

function inodeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.ino ?? 0;
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
