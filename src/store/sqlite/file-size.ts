import { statSync } from 'node:fs';

import type { Connection } from './connection.js';
import { RESULT, resultCode, type SqlDatabase } from './database.js';

/** Free pages that are given back at a time: a few milliseconds. */
const VACUUM_PAGES = 256;
/** What is free is used again: a part of the file may be. */
const FREE_PART = 1 / 16;

/** Size of the file and its journal. */
export function bytesOnDisk(file: string): number {
  return sizeOf(file) + sizeOf(`${file}-wal`);
}

/** Size of what is used of the file, in bytes. */
export function bytesInUse(database: SqlDatabase): number {
  return (pragma(database, 'page_count') - pragma(database, 'freelist_count')) * pragma(database, 'page_size');
}

/** Puts the journal into the file, and makes it empty, unless somebody reads in it for longer than `waitMs`. */
export async function emptyJournal(connection: Connection, waitMs = 0): Promise<void> {
  const checkpoint = connection.prepare('pragma wal_checkpoint(truncate)');
  const endMs = performance.now() + waitMs;
  for (;;) {
    const [result] = await connection.outside(() => checkpoint.all());
    if (result?.['busy'] === 0 || performance.now() >= endMs) return;
    await connection.rest();
  }
}

/** The same, for whom it is no matter: on a full disk the journal stays, with all that is in it. */
export async function tidyJournal(connection: Connection): Promise<void> {
  try {
    await emptyJournal(connection);
  } catch (error) {
    if (resultCode(error) !== RESULT.FULL) throw error;
  }
}

/** Gives back what is free, step by step: all but a part, or all that makes the file larger than `maxBytes`. Then the journal is emptied. */
export async function shrinkFile(connection: Connection, maxBytes: number | undefined): Promise<void> {
  const { database } = connection;
  for (let before = Infinity; ;) {
    const [pages, free] = [pragma(database, 'page_count'), pragma(database, 'freelist_count')];
    const tooLarge = pages * pragma(database, 'page_size') > (maxBytes ?? Infinity);
    // A file that another program has made again does not shrink.
    if (pages >= before || free === 0 || (!tooLarge && free < pages * FREE_PART)) break;
    before = pages;
    await connection.write(() => database.exec(`pragma incremental_vacuum(${VACUUM_PAGES})`));
    await connection.letOthers();
  }
  await tidyJournal(connection);
}

function pragma(database: SqlDatabase, name: 'page_count' | 'freelist_count' | 'page_size'): number {
  return Number(database.prepare(`pragma ${name}`).get()?.[name]);
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
