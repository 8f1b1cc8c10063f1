import type { SqlValue } from '../sql/sql-value.js';
import { arrayLiteral } from './array-literal.js';
import { kindOf } from './schema.js';
import type { Session } from './session.js';

/** How many rows go into one statement, and who hears of each one where there is but one in it. */
export interface AtRow {
  readonly chunk: number;
  (runId: number): void;
}

/** Rows as columns of arrays: one statement, whatever their number. */
export function unnested(columns: readonly string[]): string {
  return `unnest(${columns.map((column) => `?::${kindOf(column)}[]`).join(', ')}) as t(${columns.join(', ')})`;
}

export function columnarInsert(table: string, columns: readonly string[]): string {
  return `insert into @${table} as o (${columns.join(', ')}) select ${columns.join(', ')} from ${unnested(columns)}`;
}

/** Sends rows whose keys nobody has, without the columns that all of them leave empty. */
export async function insertNew(
  session: Session,
  table: string,
  columns: readonly string[],
  rows: readonly (readonly SqlValue[])[],
  atRow: AtRow,
): Promise<void> {
  const places = [...columns.keys()].filter((place) => rows.some((row) => row[place] !== null));
  const filled = places.map((place) => columns[place]!);
  const sql = columnarInsert(table, filled);
  const values = places.length === columns.length ? rows : rows.map((row) => places.map((place) => row[place]!));
  await inChunks(filled, values, atRow, (literals) => session.run(sql, ...literals));
}

/** Sends rows, whose first value is the id of a run. */
export async function inChunks(
  columns: readonly string[],
  rows: readonly (readonly SqlValue[])[],
  atRow: AtRow,
  send: (columns: string[]) => Promise<unknown>,
): Promise<void> {
  for (let first = 0; first < rows.length; first += atRow.chunk) {
    const chunk = rows.slice(first, first + atRow.chunk);
    atRow(Number(chunk[0]![0]));
    const literals = columns.map((column, place) =>
      arrayLiteral(
        kindOf(column),
        chunk.map((row) => row[place]),
      ),
    );
    await send(literals);
  }
}
