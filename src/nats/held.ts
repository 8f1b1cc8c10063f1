import type { FlowError } from '../index.js';
import type { Delivery } from '../distributed/index.js';
import type { Arrival } from './arrival.js';
import type { Mark } from './marks.js';

/** A delivery that a session has. */
export class Held {
  readonly delivery: Delivery;
  readonly arrival: Arrival;
  /** On the monotonic clock, as the other times here. */
  readonly sinceMs: number;
  readonly maxHoldMs: number;
  /** Which renewals it is among. */
  readonly renewedFrom: number;
  mark: Mark;
  /** Its lease began no earlier. */
  leaseFromMs: number;
  leaseFromWallMs: number;
  isStartCounted = false;
  isHeldTooLong = false;
  isOver = false;
  /** Something is under way with it. */
  refuse: ((error: FlowError) => void) | undefined;
  readonly #gone: () => void;

  constructor(
    delivery: Delivery,
    arrival: Arrival,
    mark: Mark,
    times: {
      readonly sinceMs: number;
      readonly fromMs: number;
      readonly fromWallMs: number;
      readonly maxHoldMs: number;
    },
    renewedFrom: number,
    gone: () => void,
  ) {
    this.delivery = delivery;
    this.arrival = arrival;
    this.mark = mark;
    this.sinceMs = times.sinceMs;
    this.leaseFromMs = times.fromMs;
    this.leaseFromWallMs = times.fromWallMs;
    this.maxHoldMs = times.maxHoldMs;
    this.renewedFrom = renewedFrom;
    this.#gone = gone;
  }

  /** It is not with the session any more. */
  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.#gone();
  }
}
