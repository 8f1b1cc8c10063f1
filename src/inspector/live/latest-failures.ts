import type { RunItem } from '../api.js';
import type { InspectedFlows } from '../inspected-flows.js';
import { runItem } from '../views/run-item.js';
import { runsFor } from '../views/runs-for.js';

/** Failures that a flow shows. */
const MOST_LATEST = 20;
/** What counts as a failure on the tiles, too. */
const FAILED = ['failed', 'deadline'] as const;
/** Sets of tenants that are remembered; there are no more clients than that at once. */
const MOST_SETS = 16;

interface Known {
  runs: readonly RunItem[];
  /** How many runs had failed when they were looked up. */
  seen: number;
  isLooking: boolean;
}

/** The last runs of a flow that failed, for each set of tenants that somebody sees. */
export class LatestFailures {
  readonly #flows: InspectedFlows;
  readonly #flow: string;
  readonly #known = new Map<string, Known>();

  constructor(flows: InspectedFlows, flow: string) {
    this.#flows = flows;
    this.#flow = flow;
  }

  /**
   * Those that are known; where more have failed since they are looked up, and there the next time.
   *
   * @param failed - how many runs have failed
   * @param tenants - undefined: all
   */
  of(failed: number, tenants: readonly string[] | undefined): readonly RunItem[] {
    const key = JSON.stringify(tenants);
    let known = this.#known.get(key);
    if (known === undefined) {
      if (this.#known.size >= MOST_SETS) this.#known.clear();
      known = { runs: [], seen: -1, isLooking: false };
      this.#known.set(key, known);
    }
    if (!known.isLooking && known.seen !== failed) void this.#look(known, failed, tenants);
    return known.runs;
  }

  async #look(known: Known, failed: number, tenants: readonly string[] | undefined): Promise<void> {
    const { history } = this.#flows;
    if (history === undefined) return;
    known.isLooking = true;
    try {
      await this.#flows.fresh();
      const pages = await Promise.all(
        FAILED.map((status) => runsFor(history, { flow: this.#flow, status, limit: MOST_LATEST }, tenants)),
      );
      const newest = pages.flatMap(({ runs }) => runs).sort((a, b) => b.startedMs - a.startedMs || b.runId - a.runId);
      known.runs = newest.slice(0, MOST_LATEST).map(runItem);
      known.seen = failed;
    } catch {
      // A store that is away says so in `history` of the snapshot.
    }
    known.isLooking = false;
  }
}
