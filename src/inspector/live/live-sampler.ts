import type { Clock, PenguiFlow } from '../../index.js';
import type { RunItem } from '../api.js';
import type { LiveHistory, LiveSnapshot } from '../api-live.js';
import type { InspectedFlows } from '../inspected-flows.js';
import { runItem } from '../views/run-item.js';
import { FlowSampler } from './flow-sampler.js';

/** Failures that a flow shows. */
const MOST_LATEST = 20;

interface Watched {
  readonly flow: PenguiFlow;
  readonly sampler: FlowSampler;
  latest: readonly RunItem[];
  /** `failedRuns` when the latest were looked up. */
  seenFailed: number;
  isLooking: boolean;
}

/** Samples all flows, while somebody looks; before and after that it costs nothing. */
export class LiveSampler {
  readonly #flows: InspectedFlows;
  readonly #clock: Clock;
  readonly #watched = new Map<string, Watched>();

  constructor(flows: InspectedFlows, clock: Clock) {
    this.#flows = flows;
    this.#clock = clock;
  }

  /** Takes a sample of all flows. */
  sample(): LiveSnapshot {
    this.#follow();
    const flows = [...this.#watched.values()].map((watched) => {
      const live = watched.sampler.sample(watched.latest);
      this.#look(watched);
      return live;
    });
    return { atMs: this.#clock.now(), flows, history: historyOf(this.#flows), runner: this.#flows.runner };
  }

  end(): void {
    for (const { sampler } of this.#watched.values()) sampler.end();
    this.#watched.clear();
  }

  /** Samples those that have come, and no longer those in whose place others stand. */
  #follow(): void {
    for (const flow of this.#flows.all) {
      const before = this.#watched.get(flow.name);
      if (before?.flow === flow) continue;
      before?.sampler.end();
      const sampler = new FlowSampler(flow, () => this.#clock.monotonic());
      this.#watched.set(flow.name, { flow, sampler, latest: [], seenFailed: -1, isLooking: false });
    }
  }

  /** Looks the last failures up where there are new ones; the next snapshot has them. */
  #look(watched: Watched): void {
    const { history } = this.#flows;
    const { failedRuns } = watched.sampler;
    if (history === undefined || watched.isLooking || watched.seenFailed === failedRuns) return;
    watched.isLooking = true;
    history
      .flush()
      .then(() => history.list({ flow: watched.flow.name, status: 'failed', limit: MOST_LATEST }))
      .then(({ runs }) => {
        watched.latest = runs.map(runItem);
        watched.seenFailed = failedRuns;
      })
      // A store that is away says so in `history` of the snapshot.
      .catch(() => {})
      .finally(() => {
        watched.isLooking = false;
      });
  }
}

/** How the history is just now. */
export function historyOf({ history }: InspectedFlows): LiveHistory {
  const figures = history?.figures();
  return {
    waitingRows: figures?.waitingRows ?? 0,
    shedTraces: figures?.shedTraces ?? 0,
    rejectedRows: figures?.rejectedRows ?? 0,
    degraded: history?.facts.degraded ?? null,
  };
}
