import { LineMember } from '../../queue/line.js';
import { WheelEntry } from '../../scheduling/timer-wheel.js';
import type { TimedWait, WaitRequest } from '../../trace-local/timed-wait.js';
import type { Parcel } from '../trace/envelope.js';
import type { JoinWaits } from './join-waits.js';

const NO_MARKS: ReadonlyMap<number, number> = new Map();

/** A join that waits for the rest of its parts, and stands in line once its time is up. */
export class JoinWait extends LineMember implements TimedWait {
  /** By input, how many messages have left it once those are gone that stood there when the time was up. */
  marks = NO_MARKS;
  isOver = false;
  readonly timer: WheelEntry;
  readonly #waits: JoinWaits;

  /**
   * @param first - the part that came first
   * @param input - through which it came
   * @param lacks - inputs of which a part is lacking; undefined when any will do
   */
  constructor(
    waits: JoinWaits,
    readonly request: WaitRequest,
    readonly first: Parcel,
    readonly input: number,
    readonly lacks: Set<number> | undefined,
  ) {
    super();
    this.#waits = waits;
    this.timer = new WheelEntry(() => this.#waits.timeUp(this));
  }

  get leftS(): number | undefined {
    return this.isOver ? undefined : this.#waits.leftS(this);
  }

  arrived(source: string): void {
    this.#waits.arrived(this, source);
  }

  expire(): void {
    this.#waits.expire(this, NO_MARKS);
  }

  end(): void {
    this.#waits.end(this);
  }
}
