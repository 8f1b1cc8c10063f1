import type { Clock, PenguiFlow } from '../../index.js';
import type { LiveFlow, LiveHistory, LiveSnapshot } from '../api-live.js';
import type { InspectedFlows } from '../inspected-flows.js';
import { FlowSampler } from './flow-sampler.js';
import { LatestFailures } from './latest-failures.js';

interface Watched {
  readonly flow: PenguiFlow;
  readonly sampler: FlowSampler;
  readonly latest: LatestFailures;
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

  /** Takes a sample of all flows; what is in it is for everybody: {@link for} adds what is not. */
  sample(): LiveSnapshot {
    this.#follow();
    const flows = [...this.#watched.values()].map(({ sampler }) => sampler.sample());
    return { atMs: this.#clock.now(), flows, history: historyOf(this.#flows), runner: this.#flows.runner };
  }

  /**
   * A sample as somebody may see it. Figures are of the process, and so those of all tenants; what names a run is of theirs.
   *
   * @param tenants - undefined: all
   */
  for(snapshot: LiveSnapshot, tenants: readonly string[] | undefined): LiveSnapshot {
    const flows = snapshot.flows.map((live): LiveFlow => {
      const watched = this.#watched.get(live.name);
      const latestFailures = watched?.latest.of(watched.sampler.failedRuns, tenants) ?? [];
      const stalled = live.stalled === null || tenants === undefined ? live.stalled : STALLED;
      return { ...live, latestFailures, stalled };
    });
    const { history } = snapshot;
    return { ...snapshot, flows, history: tenants === undefined ? history : withoutTexts(history) };
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
      this.#watched.set(flow.name, { flow, sampler, latest: new LatestFailures(this.#flows, flow.name) });
    }
  }
}

/** In the place of texts that may name runs, or data, of others. */
const STALLED = 'It waits for something; who sees all tenants is told for what.';
const DEGRADED = 'The store takes nothing just now; who sees all tenants is told why.';

/** Without what a store says, which may be of anybody. */
export function withoutTexts(history: LiveHistory): LiveHistory {
  return history.degraded === null ? history : { ...history, degraded: DEGRADED };
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
