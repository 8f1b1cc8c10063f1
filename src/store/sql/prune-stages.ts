import type { PruneRequest } from '../flow-store.js';

/** Runs that a step deletes unless it is told otherwise. */
export const DEFAULT_STEP = 500;
/** Families that are looked up at once. */
export const LOOK_AHEAD = 100;
/** No time is beyond it. */
export const EVER = Number.MAX_VALUE;

/** What goes next: those that succeeded, those that did not; until when they had to end, or as long as there is too much. */
export interface PruneStage {
  readonly goes: 0 | 1;
  readonly beforeMs: number;
  readonly excessOnly: boolean;
}

/** What is too old goes first, and may make room enough for the rest. */
export function stagesOf({ keep: { successS, failedS, maxRuns, maxBytes }, nowMs }: PruneRequest): PruneStage[] {
  const stages: PruneStage[] = [];
  if (successS !== undefined) stages.push({ goes: 0, beforeMs: nowMs - successS * 1_000, excessOnly: false });
  if (failedS !== undefined) stages.push({ goes: 1, beforeMs: nowMs - failedS * 1_000, excessOnly: false });
  if (maxRuns === undefined && maxBytes === undefined) return stages;
  return [...stages, ...([0, 1] as const).map((goes) => ({ goes, beforeMs: EVER, excessOnly: true }))];
}
