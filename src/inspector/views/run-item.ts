import type { AttemptRow, EventRow, StoredRun } from '../../store/index.js';
import type { AttemptView, EventView, PartItem, RunItem } from '../api.js';

/** A run as lists show it. */
export function runItem(run: StoredRun): RunItem {
  const { runId, flow, traceId, tenant, kind, status, startedMs, attempts, retries, rowsLeftOut, pinned } = run;
  return {
    ...{ id: runId, flow, traceId, tenant, kind, status, startedMs, attempts, retries, rowsLeftOut, pinned },
    endedMs: run.endedMs ?? null,
    errorCode: run.errorCode ?? null,
    errorNode: run.errorNode ?? null,
    errorMessage: run.errorMessage ?? null,
    replayOf: run.replayOf ?? null,
    parent: run.parentRun ?? null,
    part: partItem(run.part),
  };
}

function partItem(part: StoredRun['part']): PartItem | null {
  if (part === undefined) return null;
  const { rootId, group, workerId, redelivered } = part;
  return { root: rootId, group: group ?? null, worker: workerId ?? null, redelivered };
}

/** An attempt of a run. */
export function attemptView(row: AttemptRow): AttemptView {
  const { seq, node, attempt, sentMs, startedMs, outcome, queuedIn } = row;
  return {
    ...{ seq, node, attempt, sentMs, startedMs, outcome, queuedIn },
    parentSeq: row.parentSeq ?? null,
    messageId: row.messageId ?? null,
    endedMs: row.endedMs ?? null,
    errorCode: row.errorCode ?? null,
    error: row.error ?? null,
  };
}

/** Something that happened in a run. */
export function eventView({ atMs, type, node, attemptSeq, detail }: EventRow): EventView {
  return { atMs, type, node: node ?? null, attemptSeq: attemptSeq ?? null, detail: detail ?? null };
}
