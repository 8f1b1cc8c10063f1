import type { FlowHistory, StoredRun } from '../../store/index.js';

/**
 * The replays of a run, newest first; stores have no index for them.
 * @param among - the newest runs of its flow and tenant, of so many
 */
export async function newestReplays(history: FlowHistory, run: StoredRun, among: number): Promise<StoredRun[]> {
  const { flow, tenant, runId, startedMs } = run;
  const { runs } = await history.list({ flow, tenant, fromS: startedMs / 1000, limit: among });
  return runs.filter(({ replayOf }) => replayOf === runId);
}
