import type { Floe } from '../../queue/floe.js';
import type { Parcel } from '../trace/envelope.js';

/** Whom a gate wakes when it opens. */
interface Waiting {
  onArrival(): void;
}

/**
 * Lets messages from outside into a cycle only while each of its back edges holds fewer than it may.
 *
 * A put on a back edge never waits, so nodes of a cycle cannot wait for each other in a circle; and with the gate closed only what
 * is inside goes round, so a cycle that does not multiply holds no more than its edges and slots.
 */
export class CycleGate {
  /** The floes of the back edges. */
  readonly #floes: readonly Floe<Parcel>[];
  /** What each may hold before the gate closes. */
  readonly #limit: number;
  readonly #waiting = new Set<Waiting>();

  constructor(floes: readonly Floe<Parcel>[], limit: number) {
    this.#floes = floes;
    this.#limit = limit > 0 ? limit : Number.POSITIVE_INFINITY;
  }

  get isOpen(): boolean {
    for (const floe of this.#floes) if (floe.size >= this.#limit) return false;
    return true;
  }

  /** Wakes the node once the gate is open again. */
  wait(node: Waiting): void {
    this.#waiting.add(node);
  }

  /** Something was taken off a back edge, or is gone. */
  onTaken(): void {
    if (this.#waiting.size === 0 || !this.isOpen) return;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const node of waiting) node.onArrival();
  }
}
