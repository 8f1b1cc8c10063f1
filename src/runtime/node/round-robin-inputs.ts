import type { Floe } from '../../queue/floe.js';
import type { Parcel } from '../trace/envelope.js';

/** The floes of a node that has several, which take turns so that no upstream node starves another. */
export class RoundRobinInputs {
  /** Index of the floe that the last message was taken from. */
  takenFrom = 0;
  protected readonly floes: readonly Floe<Parcel>[];
  protected next = 0;

  constructor(floes: readonly Floe<Parcel>[]) {
    this.floes = floes;
  }

  /** Messages that wait before the node, those that are gone included. */
  get held(): number {
    let held = 0;
    for (const floe of this.floes) held += floe.held;
    return held;
  }

  /** The next message, one floe after the other. */
  take(): Parcel | undefined {
    const { floes } = this;
    for (let tried = 0; tried < floes.length; tried++) {
      const index = this.next;
      this.passed(index);
      const parcel = (floes[index] as Floe<Parcel>).take();
      if (parcel !== undefined) return parcel;
    }
    return undefined;
  }

  /** A message has come in there: the turn is the next one's. */
  passed(index: number): void {
    this.takenFrom = index;
    this.next = index + 1 === this.floes.length ? 0 : index + 1;
  }
}
