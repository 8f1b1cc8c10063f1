import { DEFAULT_LIMIT, MAX_COUNTED, MAX_LIMIT, MAX_SCANNED } from '../queries.js';
import type { RunCount, RunPage, RunQuery } from '../queries.js';
import type { StoredRun } from '../rows.js';
import { onlyCounters } from '../sql/counter-filter.js';
import { readCount } from '../store-options.js';
import type { KeptRun } from './kept-run.js';
import { readCursor, writeCursor } from '../run-key.js';
import type { RunShelf } from './run-shelf.js';

const OWNER = 'the query of list()';

/** @throws FlowError `INVALID_OPTION` */
export function listRuns(shelf: RunShelf, query: RunQuery): RunPage {
  const limit = readCount('limit', OWNER, query.limit, DEFAULT_LIMIT, MAX_LIMIT);
  const maxScanned = readCount('maxScanned', OWNER, query.maxScanned, MAX_SCANNED, MAX_SCANNED);
  const [first, end] = rangeOf(shelf, query);
  const runs: StoredRun[] = [];
  let next = query.cursor === undefined ? end : Math.min(end, shelf.positionOf(readCursor(query.cursor, OWNER)));
  const stop = Math.max(first, next - maxScanned);
  while (next > stop && runs.length < limit) {
    next -= 1;
    const run = shelf.inOrder[next]!;
    if (matches(run, query)) runs.push(run.row);
  }
  const last = next > first ? shelf.inOrder[next]?.row : undefined;
  return {
    runs,
    cursor: last === undefined ? undefined : writeCursor(last),
    searchedToMs: runs.length < limit ? last?.startedMs : undefined,
    count: query.count === true ? countRuns(shelf, query, first, end) : undefined,
  };
}

/** Positions of the runs that started in the time of the query. */
function rangeOf(shelf: RunShelf, { fromS, toS }: RunQuery): readonly [first: number, end: number] {
  const first = fromS === undefined ? 0 : shelf.positionOf({ startedMs: fromS * 1_000, runId: 0 });
  return [
    first,
    toS === undefined ? shelf.size : Math.max(first, shelf.positionOf({ startedMs: toS * 1_000, runId: 0 })),
  ];
}

function matches({ row, labels }: KeptRun, query: RunQuery): boolean {
  const { label, minMs } = query;
  return (
    (query.flow ?? row.flow) === row.flow &&
    (query.status ?? row.status) === row.status &&
    (query.tenant ?? row.tenant) === row.tenant &&
    (query.traceId ?? row.traceId) === row.traceId &&
    (query.replayOf ?? row.replayOf) === row.replayOf &&
    row.traceId.startsWith(query.tracePrefix ?? '') &&
    saysPart(row.errorMessage, query.text) &&
    (query.node ?? row.errorNode) === row.errorNode &&
    (query.code ?? row.errorCode) === row.errorCode &&
    (label === undefined || labels.get(label.name)?.value === label.value) &&
    (minMs === undefined || (row.endedMs !== undefined && row.endedMs - row.startedMs >= minMs))
  );
}

function saysPart(message: string | undefined, text: string | undefined): boolean {
  return text === undefined || text === '' || (message !== undefined && lowered(message).includes(lowered(text)));
}

/** Databases agree on these letters only. */
function lowered(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** From the counters where they know; else by looking. */
function countRuns(shelf: RunShelf, query: RunQuery, first: number, end: number): RunCount {
  if (onlyCounters(query)) {
    const runs = shelf.counters(query, query.status).reduce((sum, counter) => sum + counter.runs, 0);
    return { runs, exact: true };
  }
  let runs = 0;
  const stop = Math.max(first, end - MAX_SCANNED);
  for (let at = end - 1; at >= stop; at -= 1) {
    if (!matches(shelf.inOrder[at]!, query)) continue;
    if (runs === MAX_COUNTED) return { runs, exact: false };
    runs += 1;
  }
  return { runs, exact: stop === first };
}
