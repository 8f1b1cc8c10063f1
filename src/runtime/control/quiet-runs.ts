import type { Runnable } from '../../scheduling/run-queue.js';
import { isHeld, type TraceLocal } from '../../trace-local/trace-local.js';
import type { FlowCore } from '../core/flow-core.js';
import type { TraceRecord } from '../trace/trace-record.js';

/**
 * Sees that nothing of a run is under way but what joins and collects keep of it. Then they act, one at a time and upstream first: a
 * collect sends on what it has, a join gives up what it lacks a part for; and the run goes on with what that sets free.
 *
 * A look comes at the end of a turn, when a message of such a run has gone or come to its end.
 */
export class QuietRuns implements Runnable {
  scheduled = false;
  nextInLine: Runnable | undefined;
  readonly #core: FlowCore;
  readonly #moved = new Set<TraceRecord>();

  constructor(core: FlowCore) {
    this.#core = core;
  }

  pump(): void {
    const moved = [...this.#moved];
    this.#moved.clear();
    for (const run of moved) this.#look(run);
  }

  /** A message of a run is gone, or has come to its end. */
  note(run: TraceRecord): void {
    const quiet = isQuiet(run);
    if (run.account !== undefined) run.account.quietMs = quiet ? this.#core.time.monotonic() : Number.NaN;
    if (!quiet || run.locals === undefined) return;
    this.#moved.add(run);
    this.#core.runQueue.schedule(this);
  }

  #look(run: TraceRecord): void {
    if (run.ended || !isQuiet(run)) return;
    const { traces } = this.#core;
    const isJoinable = traces.isJoinable(run);
    const next = nextToAct(run, isJoinable);
    if (next !== undefined) {
      const before = next.holding;
      next.onQuiet(isJoinable);
      // One that keeps all after all is not asked again and again.
      if (next.holding < before) this.note(run);
    } else if (!isHeld(run)) traces.endIfEmpty(run);
  }
}

/** Whether nothing of a run is under way: results that nobody has taken do not count. */
function isQuiet({ inflight, pending, untaken }: TraceRecord): boolean {
  return inflight === 0 && pending === untaken;
}

/** The first of those that can act; undefined also when something is kept on purpose. */
function nextToAct(run: TraceRecord, isJoinable: boolean): TraceLocal | undefined {
  let first: TraceLocal | undefined;
  let firstRank = Number.POSITIVE_INFINITY;
  for (let local = run.locals; local !== undefined; local = local.next) {
    if (local.holding === 0) continue;
    if (local.node === undefined) return undefined;
    if (!local.mayAct(isJoinable)) continue;
    const rank = local.node.rankOf(local.sends);
    if (rank > firstRank) continue;
    first = local;
    firstRank = rank;
  }
  return first;
}
