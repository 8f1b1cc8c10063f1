import { DEFAULT_LIMIT, MAX_DETAIL_ROWS, MAX_LIMIT } from '../queries.js';
import type { LinePage, LineQuery, RunDetail, RunRef, StoredMessage } from '../queries.js';
import { readLineCursor } from '../run-key.js';
import { readCount } from '../store-options.js';
import { storedCopy } from '../stored-text.js';
import type { KeptRun } from './kept-run.js';
import type { RunShelf } from './run-shelf.js';

const OWNER = 'the query of logs()';

/** The run that a reference names; of those with a trace id the newest. */
export function findRun(shelf: RunShelf, ref: RunRef): KeptRun | undefined {
  if ('runId' in ref) return shelf.get(ref.runId);
  const { traceId, tenant, startedMs } = ref;
  return shelf.inOrder.findLast(
    ({ row }) =>
      row.traceId === traceId &&
      (tenant ?? row.tenant) === row.tenant &&
      (startedMs ?? row.startedMs) === row.startedMs,
  );
}

/** All that is known of a run. */
export function detailOf(shelf: RunShelf, run: KeptRun, plan: string | undefined): RunDetail {
  const { runId } = run.row;
  const children = shelf.childrenOf(runId).map(({ row }) => row);
  const lists = [run.attempts, run.messages, run.events];
  return {
    run: run.row,
    plan,
    labels: [...run.labels.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    attempts: bySeq(run.attempts.values()).slice(0, MAX_DETAIL_ROWS),
    messages: [...run.messages.values()].slice(0, MAX_DETAIL_ROWS).map((row): StoredMessage => {
      return { ...storedCopy(row), payloadBytes: run.payloads.get(row.messageId)?.bytes.length };
    }),
    events: bySeq(run.events.values()).slice(0, MAX_DETAIL_ROWS),
    lines: linesOf(run, { runId }),
    children: children.slice(0, MAX_DETAIL_ROWS),
    cut: children.length > MAX_DETAIL_ROWS || lists.some(({ size }) => size > MAX_DETAIL_ROWS),
  };
}

/** @throws FlowError `INVALID_OPTION` */
export function linesOf(run: KeptRun | undefined, query: LineQuery): LinePage {
  const limit = readCount('limit', OWNER, query.limit, DEFAULT_LIMIT, MAX_LIMIT);
  const after = query.cursor === undefined ? -Infinity : readLineCursor(query.cursor, OWNER);
  const rest = bySeq(run?.lines.values() ?? []).filter(({ seq }) => seq > after);
  const lines = rest.slice(0, limit);
  return { lines, cursor: rest.length > limit ? String(lines.at(-1)!.seq) : undefined };
}

function bySeq<Row extends { readonly seq: number }>(rows: Iterable<Row>): Row[] {
  return [...rows].toSorted((a, b) => a.seq - b.seq);
}
