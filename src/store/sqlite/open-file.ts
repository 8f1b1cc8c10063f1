import { existsSync, renameSync, statSync } from 'node:fs';

import type { FlowError } from '../../index.js';
import type { Driver, SqlDatabase } from './database.js';
import { Connection, type Pause } from './connection.js';
import { noSharedMemory, prepareFile } from './file-place.js';
import { MIGRATIONS } from './schema.js';
import { fromSqlite, isCorrupt, storeError } from './store-error.js';

/** Marks a file as ours: "PFlw". */
const APPLICATION_ID = 0x50_46_6c_77;

/** How a file is opened. */
export interface FileSettings {
  readonly file: string;
  readonly synchronous: 'normal' | 'full';
  /** Whether the file is made and brought to the newest version, or has to be so. */
  readonly migrate: 'auto' | 'check';
}

/** The one connection that writes. Brings the file to the newest version, if it may. */
export async function openToWrite(driver: Driver, settings: FileSettings, pause: Pause): Promise<Connection> {
  const { file, synchronous, migrate: how } = settings;
  if (how === 'check') return openAsItIs(driver, settings, pause);
  prepareFile(file);
  return opened(driver, file, pause, async (connection) => {
    const { database } = connection;
    // Each of these may find the file locked, by another process that starts. The first one counts only before there is anything in the
    // file, and the second one puts something into it.
    await connection.outside(() => database.exec('pragma auto_vacuum = incremental'));
    const mode = await connection.outside(() => database.prepare('pragma journal_mode = wal').get()?.['journal_mode']);
    if (mode !== 'wal') throw noSharedMemory(file, mode);
    await connection.outside(() => {
      database.exec(`pragma synchronous = ${synchronous}; pragma secure_delete = on; pragma foreign_keys = off`);
      // Twice what is usual between two checkpoints; a large batch leaves no large journal behind.
      database.exec(
        'pragma wal_autocheckpoint = 2000; pragma journal_size_limit = 33554432; pragma cache_size = -32768',
      );
    });
    await migrate(connection, file);
  });
}

async function openAsItIs(driver: Driver, { file, synchronous }: FileSettings, pause: Pause): Promise<Connection> {
  if (!existsSync(file)) {
    throw storeError('STORE_FILE_UNSUPPORTED', file, 'it is not there', undefined, 'Name the file of a history.');
  }
  return opened(driver, file, pause, async (connection) => {
    const { database } = connection;
    const version = await connection.outside(() => (isOurs(database) ? versionOf(database) : undefined));
    if (version === undefined) throw ofAnother(file);
    if (version > MIGRATIONS.length) throw ofNewer(file, version);
    if (version < MIGRATIONS.length) {
      const why = `its tables have version ${version}, and this penguiflow needs ${MIGRATIONS.length}`;
      const hint = 'Run `penguiflow store migrate`, or let the program that writes it do so.';
      throw storeError('STORE_FILE_UNSUPPORTED', file, why, undefined, hint);
    }
    await connection.outside(() => database.exec(`pragma synchronous = ${synchronous}; pragma secure_delete = on`));
  });
}

/** One that only reads; the file has been brought up. */
export async function openToRead(driver: Driver, file: string, pause: Pause): Promise<Connection> {
  return opened(driver, file, pause, async (connection) => {
    // Nothing is mapped into memory: where a damaged file ends too early that would end the process.
    const settings = 'pragma query_only = on; pragma cache_size = -32768';
    await connection.outside(() => connection.database.exec(settings));
  });
}

/**
 * Takes a damaged file out of the way, for whoever wants to look at it.
 * @returns its new name; undefined when somebody else has done so
 */
export function setAside(file: string, inode: number, nowMs: number): string | undefined {
  if (inodeOf(file) !== inode) return undefined;
  const renamed = `${file}.corrupt-${new Date(nowMs).toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
  for (const suffix of ['-wal', '-shm', '']) {
    try {
      renameSync(file + suffix, renamed + suffix);
    } catch (error) {
      if (suffix === '') throw error;
    }
  }
  return renamed;
}

export function inodeOf(file: string): number | undefined {
  return statSync(file, { throwIfNoEntry: false })?.ino;
}

async function opened(
  driver: Driver,
  file: string,
  pause: Pause,
  setUp: (connection: Connection) => Promise<void>,
): Promise<Connection> {
  let database: SqlDatabase | undefined;
  try {
    database = driver.open(file);
    database.exec('pragma busy_timeout = 0');
    const connection = new Connection(database, file, pause);
    await setUp(connection);
    return connection;
  } catch (error) {
    database?.close();
    throw isCorrupt(error) ? error : fromSqlite(error, file);
  }
}

/** Forward only, each in a transaction that nobody else writes in: two that start at once do it once. */
async function migrate(connection: Connection, file: string): Promise<void> {
  const { database } = connection;
  const isNewest = (): boolean => versionOf(database) === MIGRATIONS.length && isOurs(database);
  if (await connection.outside(isNewest)) return;
  await connection.write(() => {
    const version = versionOf(database);
    if (!isOurs(database)) {
      if (version > 0 || hasTables(database)) {
        throw ofAnother(file);
      }
      database.exec(`pragma application_id = ${APPLICATION_ID}`);
    }
    if (version > MIGRATIONS.length) throw ofNewer(file, version);
    for (const [index, migration] of MIGRATIONS.entries()) {
      if (index >= version) database.exec(migration);
    }
    database.exec(`pragma user_version = ${MIGRATIONS.length}`);
  });
}

function ofAnother(file: string): FlowError {
  return storeError(
    'STORE_FILE_UNSUPPORTED',
    file,
    'it is a database of another program',
    undefined,
    'Name another file.',
  );
}

function ofNewer(file: string, version: number): FlowError {
  const why = `a newer version of penguiflow has written it (${version}; this one knows ${MIGRATIONS.length})`;
  return storeError('STORE_FILE_UNSUPPORTED', file, why, undefined, 'Update penguiflow, or name another file.');
}

function versionOf(database: SqlDatabase): number {
  return Number(database.prepare('pragma user_version').get()?.['user_version']);
}

function isOurs(database: SqlDatabase): boolean {
  return database.prepare('pragma application_id').get()?.['application_id'] === APPLICATION_ID;
}

function hasTables(database: SqlDatabase): boolean {
  return database.prepare('select 1 from sqlite_schema limit 1').get() !== undefined;
}
