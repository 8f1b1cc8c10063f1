import type { SqlValue } from '../sql/sql-value.js';
import { arrayLiteral } from './array-literal.js';
import { kindOf } from './schema.js';

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
