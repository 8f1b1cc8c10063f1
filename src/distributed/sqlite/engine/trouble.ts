import { FlowError } from '../../../index.js';
import { resultCode, RESULT } from '../../../store/sqlite/database.js';
import { isCorrupt } from '../../../store/sqlite/store-error.js';

/** What SQLite says of a value, and not of its file. */
const OF_VALUES: ReadonlySet<number | undefined> = new Set([
  RESULT.CONSTRAINT,
  RESULT.TOOBIG,
  RESULT.MISMATCH,
  RESULT.RANGE,
]);

/** Why a transaction has failed: the disk is `full`, the file is `down` or `damaged`, or it is one of the `calls`. */
export type Trouble = 'full' | 'down' | 'damaged' | 'calls';

export function troubleOf(error: unknown): Trouble {
  const code = resultCode(error);
  if (code === RESULT.FULL) return 'full';
  if (isCorrupt(error)) return 'damaged';
  return FlowError.is(error) || (code !== undefined && !OF_VALUES.has(code)) ? 'down' : 'calls';
}

/** For a log line. */
export function detailOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
