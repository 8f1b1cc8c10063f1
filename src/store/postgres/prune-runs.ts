import type { PruneRequest, PruneResult } from '../flow-store.js';
import { RUNNING } from '../sql/codes.js';
import { DEFAULT_STEP, EVER, LOOK_AHEAD, stagesOf, type PruneStage } from '../sql/prune-stages.js';
import { deleteRuns, familyOf } from './delete-runs.js';
import { bytesOf } from './read-stats.js';
import type { Session } from './session.js';
import type { Transactions } from './transactions.js';

/** How long a transaction may hold up those who write, in milliseconds; what it has begun it ends. */
const TURN_MS = 50;
/** Runs that are deleted at once, unless the size has to be looked at. */
const TOGETHER = 100;

interface Root {
  readonly root: number;
  readonly endedMs: number;
  /** One of its family is under way, or pinned. */
  readonly held: boolean;
  /** It has nobody that goes with it. */
  readonly alone: boolean;
}

/** Deletes in short transactions. */
export async function pruneRuns(transactions: Transactions, request: PruneRequest): Promise<PruneResult> {
  const pruner = new Pruner(request);
  let done = false;
  while (!done) done = await transactions.write('alone', (session) => pruner.turn(session));
  return { deleted: pruner.deleted, more: pruner.more };
}

class Pruner {
  deleted = 0;
  more = false;
  readonly #request: PruneRequest;
  readonly #limit: number;
  readonly #stages: PruneStage[];
  /** Last one that was looked at in this stage. */
  #after: readonly [endedMs: number, runId: number] = [-EVER, 0];
  #turnRuns = 0;

  constructor(request: PruneRequest) {
    this.#request = request;
    this.#limit = request.limit ?? DEFAULT_STEP;
    this.#stages = stagesOf(request);
  }

  /** @returns whether everything is done */
  async turn(session: Session): Promise<boolean> {
    const endMs = performance.now() + TURN_MS;
    this.#turnRuns = Number((await session.get('select sum(runs) as runs from @counter'))?.['runs'] ?? 0);
    do {
      if (await this.#step(session)) return true;
    } while (performance.now() < endMs);
    return false;
  }

  async #step(session: Session): Promise<boolean> {
    const [stage] = this.#stages;
    if (stage === undefined) return true;
    if (stage.excessOnly && !(await this.#isTooMuch(session))) return true;
    const roots = await this.#next(session, stage);
    const victims: number[] = [];
    for (const { root, endedMs, held, alone } of roots) {
      // Also where it stays, or it would be looked at for ever.
      this.#after = [endedMs, root];
      if (held) continue;
      if (this.deleted + victims.length >= this.#limit) {
        await this.#delete(session, victims);
        return (this.more = true);
      }
      victims.push(...(alone ? [root] : await familyOf(session, root)));
      if (this.#isEnough(stage, victims)) break;
    }
    await this.#delete(session, victims);
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

  async #next(session: Session, { goes, beforeMs }: PruneStage): Promise<Root[]> {
    const found = await session.all(
      // One number and no `exists`, which the planner turns into a look at all that is under way.
      `select run_id, family_ended, (
        select max(case when c.status = ${RUNNING} or c.pinned = 1 then 1 else 0 end) from @run c where c.root_run = r.run_id
      ) as held
      from @run r where goes = ? and goes is not null and (family_ended, run_id) > (?, ?) and family_ended < ?
      order by family_ended, run_id limit ${LOOK_AHEAD}`,
      goes,
      ...this.#after,
      beforeMs,
    );
    return found.map(({ run_id: runId, family_ended: endedMs, held }) => {
      return { root: Number(runId), endedMs: Number(endedMs), held: held === 1, alone: held === null };
    });
  }

  async #delete(session: Session, runIds: readonly number[]): Promise<void> {
    await deleteRuns(session, runIds);
    this.deleted += runIds.length;
    this.#turnRuns -= runIds.length;
  }

  async #isTooMuch(session: Session): Promise<boolean> {
    const { maxRuns = Infinity, maxBytes = Infinity } = this.#request.keep;
    return this.#turnRuns > maxRuns || (maxBytes < Infinity && (await bytesOf(session)) > maxBytes);
  }
}
