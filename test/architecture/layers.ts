/** One row of the folder table. */
interface Row {
  readonly folders: readonly string[];
  /** True when a folder of the row may import those listed before it; otherwise the folders of a row don't know each other. */
  readonly ordered?: boolean;
}

/** The name under which files directly in `src/` (the assembly and the barrel) appear in the table. */
export const ROOT = '.';

/**
 * The folders of `src`, lowest row first. The direction of every import, type imports included, follows from this table
 * alone: import from your own folder, from lower rows, and in an ordered row from the folders to the left.
 */
export const ROWS: readonly Row[] = [
  { folders: ['errors', 'message'], ordered: true },
  { folders: ['events', 'ports'], ordered: true },
  { folders: ['metadata', 'queue', 'policy'] },
  { folders: ['graph'] },
  { folders: ['runtime'] },
  { folders: ['patterns', 'logging'] },
  { folders: [ROOT] },
  { folders: ['nestjs', 'testing', 'metrics', 'otel', 'store', 'nats', 'inspector', 'cli'] },
];

/** The lower rows that the folders of row 6 may import; everybody else may import all of them. */
const SEES: Readonly<Record<string, readonly number[]>> = { patterns: [1, 2, 3, 4], logging: [1, 2] };

/** The row whose folders are subpath exports: they stand on the public API alone. */
export const SUBPATH_ROW = 8;

/** What the folders may import from outside; a folder that isn't named may import Node's own modules only. */
export const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  metadata: ['reflect-metadata', 'tsyringe'],
  runtime: ['class-transformer', 'class-validator', 'reflect-metadata', 'tsyringe'],
  logging: ['reflect-metadata', 'tsyringe', 'winston'],
  metrics: ['prom-client'],
  otel: ['@opentelemetry/api'],
  [ROOT]: ['class-transformer', 'class-validator', 'reflect-metadata', 'tsyringe', 'winston'],
};

/** Why a file in `from` may not import a file in `to`; undefined when it may. Folders by name, {@link ROOT} for `src/`. */
export function whyForbidden(from: string, to: string, toIsPublicApi: boolean): string | undefined {
  if (from === to) return undefined;
  const fromRow = rowOf(from);
  const toRow = rowOf(to);
  if (fromRow === undefined) return `folder ${from}/ is in no row of the table`;
  if (toRow === undefined) return `folder ${to}/ is in no row of the table`;
  if (fromRow === SUBPATH_ROW) {
    return toIsPublicApi ? undefined : 'a subpath export stands on the public API (src/index.ts) only';
  }
  if (toRow > fromRow) return `row ${fromRow} may not import row ${toRow}`;
  if (toRow === fromRow) {
    const row = ROWS[fromRow - 1];
    const toTheLeft = row !== undefined && row.folders.indexOf(to) < row.folders.indexOf(from);
    return row?.ordered === true && toTheLeft ? undefined : `${from}/ and ${to}/ are in the same row`;
  }
  const sees = SEES[from];
  return sees === undefined || sees.includes(toRow) ? undefined : `${from}/ sees rows ${sees.join(', ')} only`;
}

function rowOf(folder: string): number | undefined {
  const index = ROWS.findIndex((row) => row.folders.includes(folder));
  return index === -1 ? undefined : index + 1;
}
