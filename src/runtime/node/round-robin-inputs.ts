import type { Floe } from '../../queue/floe.js';
import type { Parcel } from '../trace/envelope.js';

/** The floes of a node that has several, which take turns so that no upstream node starves another. */
export class RoundRobinInputs {
  /** Index of the floe that the last message was taken from. */
  takenFrom = 0;
  readonly #floes: readonly Floe<Parcel>[];
  /** Those that lie on a cycle, by index. */
  readonly #onCycle: readonly number[];
  #next = 0;

  constructor(floes: readonly Floe<Parcel>[], onCycle: readonly number[]) {
    this.#floes = floes;
    this.#onCycle = onCycle;
  }

  /** Messages that wait before the node, those that are gone included. */
  get held(): number {
    let held = 0;
    for (const floe of this.#floes) held += floe.held;
    return held;
  }

  /**
   * The next message, one floe after the other. A cycle that is full takes nothing from outside: its nodes would wait for
   * room at each other, for ever.
   */
  take(): Parcel | undefined {
    const floes = this.#floes;
    for (const index of this.#onCycle) {
      this.takenFrom = index;
      if (floes[index]?.hasRoom === false) return floes[index].take();
    }
    for (let tried = 0; tried < floes.length; tried++) {
      const index = this.#next;
      this.passed(index);
      const parcel = (floes[index] as Floe<Parcel>).take();
      if (parcel !== undefined) return parcel;
    }
    return undefined;
  }

  /** A message has come in there: the turn is the next one's. */
  passed(index: number): void {
    this.takenFrom = index;
    this.#next = index + 1 === this.#floes.length ? 0 : index + 1;
  }
}
