import { invalidStoreOption } from './store-options.js';

/** Where a run stands in a list. */
export interface RunKey {
  readonly startedMs: number;
  readonly runId: number;
}

const CURSOR = /^(?<startedMs>-?\d+(?:\.\d+)?(?:e[+-]?\d+)?):(?<runId>\d+)$/;

/** By start, then by id. */
export function compareRuns(a: RunKey, b: RunKey): number {
  return a.startedMs - b.startedMs || a.runId - b.runId;
}

/** The cursor of a page whose last run this is. */
export function writeCursor({ startedMs, runId }: RunKey): string {
  return `${startedMs}:${runId}`;
}

/** @throws FlowError `INVALID_OPTION` */
export function readCursor(cursor: string, owner: string): RunKey {
  const { startedMs, runId } = CURSOR.exec(cursor)?.groups ?? {};
  if (startedMs === undefined) throw invalidStoreOption('cursor', owner, 'that of a page', cursor);
  return { startedMs: Number(startedMs), runId: Number(runId) };
}

/**
 * That of a page of lines: the number of its last one.
 * @throws FlowError `INVALID_OPTION`
 */
export function readLineCursor(cursor: string, owner: string): number {
  if (/^\d+$/.test(cursor)) return Number(cursor);
  throw invalidStoreOption('cursor', owner, 'that of a page', cursor);
}
