import type { KeepPolicy, PruneRequest, PruneResult } from '../flow-store.js';
import type { KeptRun } from './kept-run.js';
import type { RunShelf } from './run-shelf.js';

const DEFAULT_STEP = 500;

/** Runs that are deleted together, and could be. */
interface Candidate {
  readonly runs: readonly KeptRun[];
  readonly succeeded: boolean;
  readonly endedMs: number;
  readonly rootId: number;
}

/** What the shelf holds beyond what it may. */
interface Excess {
  runs: number;
  bytes: number;
}

/** @param bytes - what everything weighs now */
export function pruneRuns(
  shelf: RunShelf,
  { keep, nowMs, limit = DEFAULT_STEP }: PruneRequest,
  bytes: number,
): PruneResult {
  const candidates = candidatesOf(shelf);
  const excess = { runs: shelf.size - (keep.maxRuns ?? Infinity), bytes: bytes - (keep.maxBytes ?? Infinity) };
  const old = candidates.filter((candidate) => isOld(candidate, keep, nowMs));
  const victims = new Set<KeptRun>();
  // What is too old goes first, and may make room enough for the rest.
  for (const candidate of [...old, ...candidates.filter((each) => !isOld(each, keep, nowMs))]) {
    if (!isOld(candidate, keep, nowMs) && excess.runs <= 0 && excess.bytes <= 0) break;
    if (victims.size >= limit) return { deleted: deleteAll(shelf, victims), more: true };
    for (const run of candidate.runs) victims.add(run);
    reduce(excess, candidate.runs);
  }
  return { deleted: deleteAll(shelf, victims), more: false };
}

/** In the order in which they go: succeeded before failed, oldest end first. */
function candidatesOf(shelf: RunShelf): Candidate[] {
  const free = shelf.families().filter((runs) => runs.every(({ row }) => row.status !== 'running' && !row.pinned));
  return free
    .map((runs) => {
      const root = runs.find((run) => run.root === run.row.runId) ?? runs[0]!;
      return {
        runs,
        succeeded: root.row.status === 'succeeded',
        endedMs: Math.max(...runs.map(({ row }) => row.endedMs ?? row.startedMs)),
        rootId: root.row.runId,
      };
    })
    .toSorted((a, b) => Number(b.succeeded) - Number(a.succeeded) || a.endedMs - b.endedMs || a.rootId - b.rootId);
}

function isOld({ succeeded, endedMs }: Candidate, { successS, failedS }: KeepPolicy, nowMs: number): boolean {
  const keepS = (succeeded ? successS : failedS) ?? Infinity;
  return endedMs < nowMs - keepS * 1_000;
}

function reduce(excess: Excess, runs: readonly KeptRun[]): void {
  excess.runs -= runs.length;
  for (const { bytes } of runs) excess.bytes -= bytes;
}

function deleteAll(shelf: RunShelf, victims: ReadonlySet<KeptRun>): number {
  shelf.delete([...victims]);
  return victims.size;
}
