import type { Floe } from '../../queue/floe.js';
import type { Parcel } from '../trace/envelope.js';
import type { CycleGate } from './cycle-gate.js';
import type { JoinWait } from './join-wait.js';
import type { JoinWaits } from './join-waits.js';
import { RoundRobinInputs } from './round-robin-inputs.js';

/** The cycles that a node lies on, as its inputs see them. */
export interface InputCycle {
  readonly gate: CycleGate;
  /** Which of the inputs come from inside, by index. */
  readonly inside: readonly boolean[];
  /** Told when the gate has opened. */
  readonly node: { onArrival(): void };
}

/**
 * Floes that take turns, but not all of them all the time: of a node on a cycle those from outside only while the gate of the cycle is
 * open, of a join only what may complete a result while enough of them wait.
 */
export class GatedInputs extends RoundRobinInputs {
  readonly #cycle: InputCycle | undefined;
  readonly #join: JoinWaits | undefined;

  constructor(floes: readonly Floe<Parcel>[], cycle: InputCycle | undefined, join: JoinWaits | undefined) {
    super(floes);
    this.#cycle = cycle;
    this.#join = join;
  }

  override get held(): number {
    return super.held + (this.#join === undefined ? 0 : this.#join.outOfTime);
  }

  override take(): Parcel | undefined {
    // What was gone may have been all that stood before a message of the node's own.
    return this.#takeOwn() ?? this.#takeNext() ?? this.#takeOwn();
  }

  #takeNext(): Parcel | undefined {
    const { floes } = this;
    const cycle = this.#cycle;
    const isOpen = cycle === undefined || cycle.gate.isOpen;
    for (let tried = 0; tried < floes.length; tried++) {
      const index = this.next;
      this.passed(index);
      if (!isOpen && cycle.inside[index] !== true) continue;
      if (this.#join?.lets(index) === false) continue;
      const parcel = (floes[index] as Floe<Parcel>).take();
      if (parcel === undefined) continue;
      cycle?.gate.onTaken();
      return parcel;
    }
    if (!isOpen) cycle.gate.wait(cycle.node);
    return undefined;
  }

  /** Tells a join of what is out of time, once it has seen all that had come by then. */
  #takeOwn(): Parcel | undefined {
    const wait = this.#join?.firstOutOfTime;
    if (wait === undefined || this.#isBehind(wait)) return undefined;
    this.takenFrom = wait.input;
    return (this.#join as JoinWaits).takeOutOfTime(wait);
  }

  /** Whether something that may complete it stood before the join in time, and still does. */
  #isBehind({ lacks, marks }: JoinWait): boolean {
    const cycle = this.#cycle;
    const isOpen = cycle === undefined || cycle.gate.isOpen;
    for (const [index, mark] of marks) {
      const floe = this.floes[index] as Floe<Parcel>;
      if (floe.held === 0 || floe.taken >= mark || lacks?.has(index) === false) continue;
      // Nobody knows for how long the gate of a cycle stays shut.
      if (isOpen || cycle.inside[index] === true) return true;
    }
    return false;
  }
}
