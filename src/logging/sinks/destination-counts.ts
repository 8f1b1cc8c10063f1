import type { DestinationStats } from './log-sink.js';

/** What became of lines. */
export interface LineCounts {
  readonly written: number;
  readonly dropped: number;
  readonly failed: number;
}

/** Names that are remembered; a file of each day has one of its own. */
const MAX_NAMES = 100;

/** The counts of destinations that are closed, so that what is counted never goes back. */
export class PastCounts {
  readonly #byName = new Map<string, LineCounts>();
  #total: LineCounts = { written: 0, dropped: 0, failed: 0 };

  add(stats: DestinationStats): void {
    const { name } = stats;
    this.#total = plus(this.#total, stats);
    const all = plus(this.#byName.get(name), stats);
    this.#byName.delete(name);
    this.#byName.set(name, all);
    if (this.#byName.size > MAX_NAMES) this.#byName.delete(this.#byName.keys().next().value!);
  }

  get total(): LineCounts {
    return this.#total;
  }

  /** The counts of a destination that is open, with those of others before it that had its name. */
  withPast(stats: DestinationStats): DestinationStats {
    return { ...stats, ...plus(this.#byName.get(stats.name), stats) };
  }
}

/** Both together. */
export function plus(one: LineCounts | undefined, other: LineCounts): LineCounts {
  return {
    written: (one?.written ?? 0) + other.written,
    dropped: (one?.dropped ?? 0) + other.dropped,
    failed: (one?.failed ?? 0) + other.failed,
  };
}
