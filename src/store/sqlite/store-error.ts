import { FlowError, type FlowErrorCode } from '../../index.js';
import { resultCode, RESULT } from './database.js';

/** The error for a file: what is wrong with it. */
export function storeError(code: FlowErrorCode, file: string, why: string, cause?: unknown, hint?: string): FlowError {
  return new FlowError(code, {
    message: `The history in ${JSON.stringify(file)} cannot be used: ${why}`,
    metadata: { file },
    cause,
    hint,
  });
}

const WHY: ReadonlyMap<number | undefined, readonly [why: string, hint: string]> = new Map([
  [
    RESULT.FULL,
    ['the disk is full', 'Make room on the disk, or lower `maxBytes`; what was to be written is tried again.'],
  ],
  [RESULT.READONLY, ['it may not be written', 'Give the process the right to write the file and its folder.']],
  [RESULT.CANTOPEN, ['it cannot be opened', 'Make the folder, and give the process the right to write it.']],
  [RESULT.IOERR, ['the disk has failed', 'Look at the log of the system; what was to be written is tried again.']],
]);

/** What SQLite says, as an error of ours; others stay as they are. */
export function fromSqlite(error: unknown, file: string): unknown {
  const result = resultCode(error);
  if (result === undefined) return error;
  const text = error instanceof Error ? error.message : String(error);
  const [why, hint] = WHY.get(result) ?? [text, undefined];
  return storeError('STORE_UNAVAILABLE', file, why === text ? text : `${why} (${text})`, error, hint);
}

/** The file is no SQLite file, or holds what makes no sense. */
export function isCorrupt(error: unknown): boolean {
  const result = resultCode(error);
  return result === RESULT.CORRUPT || result === RESULT.NOTADB;
}
