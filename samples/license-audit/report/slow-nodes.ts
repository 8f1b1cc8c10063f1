import { Middleware, OnFlowEvent, type FlowEvent } from 'penguiflow';

/** How long a node took, over all packages. */
export interface NodeTiming {
  readonly node: string;
  readonly runs: number;
  readonly retries: number;
  readonly meanMs: number;
  readonly longestMs: number;
  /** The trace of the longest run: a package, or the project. */
  readonly longestAt: string;
}

interface Tally {
  runs: number;
  retries: number;
  totalMs: number;
  longestMs: number;
  longestAt: string;
}

/** Adds up what the nodes of a flow report of themselves, to find the slow ones. */
@Middleware()
export class SlowNodes {
  private readonly tallies = new Map<string, Tally>();

  @OnFlowEvent('node_success', 'node_error', 'node_timeout', 'node_retry')
  on(event: FlowEvent): void {
    const tally = this.tallyOf(event.nodeName ?? event.flowName);
    if (event.eventType === 'node_retry') {
      tally.retries += 1;
      return;
    }
    const latencyMs = event.latencyMs ?? 0;
    tally.runs += 1;
    tally.totalMs += latencyMs;
    if (latencyMs < tally.longestMs) return;
    tally.longestMs = latencyMs;
    tally.longestAt = event.traceId ?? '';
  }

  /** The slowest node first. */
  timings(): readonly NodeTiming[] {
    return [...this.tallies]
      .map(([node, { runs, retries, totalMs, longestMs, longestAt }]) => {
        return { node, runs, retries, meanMs: totalMs / Math.max(1, runs), longestMs, longestAt };
      })
      .toSorted((a, b) => b.longestMs - a.longestMs);
  }

  private tallyOf(node: string): Tally {
    const known = this.tallies.get(node);
    if (known !== undefined) return known;
    const tally = { runs: 0, retries: 0, totalMs: 0, longestMs: 0, longestAt: '' };
    this.tallies.set(node, tally);
    return tally;
  }
}
