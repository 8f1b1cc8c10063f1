import type { PruneRequest, PruneResult } from '../flow-store.js';
import { RUNNING } from '../sql/codes.js';
import { DEFAULT_STEP, EVER, LOOK_AHEAD, stagesOf, type PruneStage } from '../sql/prune-stages.js';
import type { Connection } from './connection.js';
import type { SqlDatabase } from './database.js';
import { deleteRuns, familyOf } from './delete-runs.js';
import { bytesInUse, bytesOnDisk, shrinkFile, tidyJournal } from './file-size.js';

/** How long a transaction may hold the file, in milliseconds. */
const TURN_MS = 10;
/** Runs that are deleted at once, unless the size of the file has to be looked at. */
const TOGETHER = 20;

/** Deletes in transactions of a few milliseconds, then makes the file smaller. */
export async function pruneRuns(connection: Connection, request: PruneRequest): Promise<PruneResult> {
  const { keep, limit = DEFAULT_STEP } = request;
  if (keep.maxBytes !== undefined && bytesOnDisk(connection.file) > keep.maxBytes) await tidyJournal(connection);
  const pruner = new Pruner(connection.database, request, limit);
  while (!(await connection.write(() => pruner.turn()))) await connection.letOthers();
  // A step that is followed by another one leaves that to it.
  if (!pruner.more) await shrinkFile(connection, keep.maxBytes);
  return { deleted: pruner.deleted, more: pruner.more };
}

class Pruner {
  deleted = 0;
  more = false;
  readonly #database: SqlDatabase;
  readonly #request: PruneRequest;
  readonly #limit: number;
  readonly #stages: PruneStage[];
  /** Last one that was looked at in this stage. */
  #after: readonly [endedMs: number, runId: number] = [-EVER, 0];
  #turnRuns = 0;

  constructor(database: SqlDatabase, request: PruneRequest, limit: number) {
    this.#database = database;
    this.#request = request;
    this.#limit = limit;
    this.#stages = stagesOf(request);
  }

  /** Within a transaction. @returns whether everything is done */
  turn(): boolean {
    const endMs = performance.now() + TURN_MS;
    this.#turnRuns = this.#countRuns();
    do {
      if (this.#step()) return true;
    } while (performance.now() < endMs);
    return false;
  }

  #step(): boolean {
    const [stage] = this.#stages;
    if (stage === undefined) return true;
    if (stage.excessOnly && !this.#isTooMuch()) return true;
    const roots = this.#next(stage);
    const victims: number[] = [];
    for (const { root, endedMs, held } of roots) {
      // Also where it stays, or it would be looked at for ever.
      this.#after = [endedMs, root];
      if (held) continue;
      if (this.deleted + victims.length >= this.#limit) {
        this.#delete(victims);
        return (this.more = true);
      }
      victims.push(...familyOf(this.#database, root));
      if (this.#isEnough(stage, victims)) break;
    }
    this.#delete(victims);
    if (roots.length === 0) {
      this.#stages.shift();
      this.#after = [-EVER, 0];
    }
    return false;
  }

  /** Each by itself where each may be the last. */
  #isEnough({ excessOnly }: PruneStage, victims: readonly number[]): boolean {
    if (victims.length >= TOGETHER) return true;
    if (!excessOnly) return false;
    const { maxRuns = Infinity, maxBytes } = this.#request.keep;
    return maxBytes !== undefined || this.#turnRuns - victims.length <= maxRuns;
  }

  #next({ goes, beforeMs }: PruneStage): { root: number; endedMs: number; held: boolean }[] {
    const found = this.#database
      .prepare(
        `select run_id, family_ended, exists (
          select 1 from run c where c.root_run = run.run_id and (c.status = ${RUNNING} or c.pinned = 1)
        ) as held from run indexed by run_goes
        where goes = ? and goes is not null and (family_ended, run_id) > (?, ?) and family_ended < ?
        order by family_ended, run_id limit ${LOOK_AHEAD}`,
      )
      .all(goes, ...this.#after, beforeMs);
    return found.map(({ run_id: runId, family_ended: endedMs, held }) => {
      return { root: Number(runId), endedMs: Number(endedMs), held: held === 1 };
    });
  }

  #delete(runIds: readonly number[]): void {
    if (runIds.length === 0) return;
    deleteRuns(this.#database, runIds);
    this.deleted += runIds.length;
    this.#turnRuns -= runIds.length;
  }

  #isTooMuch(): boolean {
    const { maxRuns = Infinity, maxBytes = Infinity } = this.#request.keep;
    return this.#turnRuns > maxRuns || (maxBytes < Infinity && bytesInUse(this.#database) > maxBytes);
  }

  #countRuns(): number {
    return Number(this.#database.prepare('select sum(runs) as runs from counter').get()?.['runs'] ?? 0);
  }
}
