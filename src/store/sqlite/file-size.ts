import { statSync } from 'node:fs';

import type { Connection } from './connection.js';
import type { SqlDatabase } from './database.js';

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

/** Puts the journal into the file, and makes it empty if nobody reads in it just now. */
export async function emptyJournal(connection: Connection): Promise<void> {
  await connection.outside(() => connection.database.prepare('pragma wal_checkpoint(truncate)').all());
}

/** Gives back what is free, step by step: all but a part, or all that makes the file larger than `maxBytes`. Then the journal is emptied. */
export async function shrinkFile(connection: Connection, maxBytes: number | undefined): Promise<void> {
  const { database } = connection;
  for (;;) {
    const [pages, free] = [pragma(database, 'page_count'), pragma(database, 'freelist_count')];
    const tooLarge = pages * pragma(database, 'page_size') > (maxBytes ?? Infinity);
    if (free === 0 || (!tooLarge && free < pages * FREE_PART)) break;
    await connection.write(() => database.exec(`pragma incremental_vacuum(${VACUUM_PAGES})`));
  }
  await emptyJournal(connection);
}

function pragma(database: SqlDatabase, name: 'page_count' | 'freelist_count' | 'page_size'): number {
  return Number(database.prepare(`pragma ${name}`).get()?.[name]);
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
