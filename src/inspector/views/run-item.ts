import type { StoredRun } from '../../store/index.js';
import type { RunItem } from '../api.js';

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
  };
}
