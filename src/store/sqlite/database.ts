import type { SqlRecord, SqlValue } from '../sql/sql-value.js';

/** Who talks to SQLite. */
export type DriverName = 'node' | 'better-sqlite3' | 'libsql';

/** A file that is open. All of it is synchronous. */
export interface SqlDatabase {
  /** Several statements, without values or rows. */
  exec(sql: string): void;
  /** Parsed once per text. */
  prepare(sql: string): SqlStatement;
  close(): void;
}

/** A statement with a `?` for each value. */
export interface SqlStatement {
  /** Resolves with how many rows it has changed. */
  run(...values: SqlValue[]): number;
  get(...values: SqlValue[]): SqlRecord | undefined;
  all(...values: SqlValue[]): SqlRecord[];
}

/** A driver that is there. */
export interface Driver {
  readonly name: DriverName;
  open(file: string): SqlDatabase;
}

/** Result codes of SQLite, the low byte, see https://www.sqlite.org/rescode.html */
export const RESULT = {
  BUSY: 5,
  LOCKED: 6,
  READONLY: 8,
  IOERR: 10,
  CORRUPT: 11,
  FULL: 13,
  CANTOPEN: 14,
  PROTOCOL: 15,
  TOOBIG: 18,
  CONSTRAINT: 19,
  MISMATCH: 20,
  RANGE: 25,
  NOTADB: 26,
} as const;

/** The result code of an error of any driver; undefined when it is not SQLite's. */
export function resultCode(error: unknown): number | undefined {
  const { rawCode, errcode, code } = Object(error) as { rawCode?: unknown; errcode?: unknown; code?: unknown };
  // That of libsql, then that of node:sqlite; better-sqlite3 has a name only.
  const number = rawCode ?? errcode;
  if (typeof number === 'number') return number & 0xff;
  const name = typeof code === 'string' ? /^SQLITE_([A-Z]+)/.exec(code)?.[1] : undefined;
  return name === undefined ? undefined : RESULT[name as keyof typeof RESULT];
}
