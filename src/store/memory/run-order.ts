/** Where a run stands in a list. */
export interface RunKey {
  readonly startedMs: number;
  readonly runId: number;
}

/** By start, then by id. */
export function compareRuns(a: RunKey, b: RunKey): number {
  return a.startedMs - b.startedMs || a.runId - b.runId;
}
