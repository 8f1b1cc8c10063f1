import type { FlowHistory, StoredRun } from '../../store/index.js';

/** The replays of a run, newest first; of a store of yours that does not know `replayOf`, those among the newest runs of its flow. */
export async function newestReplays(history: FlowHistory, run: StoredRun, limit: number): Promise<StoredRun[]> {
  const { flow, tenant, runId, startedMs } = run;
  const { runs } = await history.list({ flow, tenant, fromS: startedMs / 1000, replayOf: runId, limit });
  return runs.filter(({ replayOf }) => replayOf === runId);
}
