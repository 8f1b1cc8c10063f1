import type { Floe } from '../../queue/floe.js';
import type { Parcel } from '../trace/envelope.js';
import type { CycleGate } from './cycle-gate.js';

/** The cycles that a node lies on, as its inputs see them. */
export interface InputCycle {
  readonly gate: CycleGate;
  /** Which of the inputs come from inside, by index. */
  readonly inside: readonly boolean[];
  /** Told when the gate has opened. */
  readonly node: { onArrival(): void };
}

/** The floes of a node that has several, which take turns so that no upstream node starves another. */
export class RoundRobinInputs {
  /** Index of the floe that the last message was taken from. */
  takenFrom = 0;
  readonly #floes: readonly Floe<Parcel>[];
  readonly #cycle: InputCycle | undefined;
  #next = 0;

  constructor(floes: readonly Floe<Parcel>[], cycle?: InputCycle) {
    this.#floes = floes;
    this.#cycle = cycle;
  }

  /** Messages that wait before the node, those that are gone included. */
  get held(): number {
    let held = 0;
    for (const floe of this.#floes) held += floe.held;
    return held;
  }

  /** The next message, one floe after the other; from outside of a cycle only while its gate is open. */
  take(): Parcel | undefined {
    const cycle = this.#cycle;
    return cycle === undefined ? this.#take() : this.#takeOnCycle(cycle);
  }

  #take(): Parcel | undefined {
    const floes = this.#floes;
    for (let tried = 0; tried < floes.length; tried++) {
      const index = this.#next;
      this.passed(index);
      const parcel = (floes[index] as Floe<Parcel>).take();
      if (parcel !== undefined) return parcel;
    }
    return undefined;
  }

  #takeOnCycle({ gate, inside, node }: InputCycle): Parcel | undefined {
    const floes = this.#floes;
    const isOpen = gate.isOpen;
    for (let tried = 0; tried < floes.length; tried++) {
      const index = this.#next;
      this.passed(index);
      if (!isOpen && inside[index] !== true) continue;
      const parcel = (floes[index] as Floe<Parcel>).take();
      if (parcel === undefined) continue;
      gate.onTaken();
      return parcel;
    }
    if (!isOpen) gate.wait(node);
    return undefined;
  }

  /** A message has come in there: the turn is the next one's. */
  passed(index: number): void {
    this.takenFrom = index;
    this.#next = index + 1 === this.#floes.length ? 0 : index + 1;
  }
}
