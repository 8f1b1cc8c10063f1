import type { AttemptSpan } from '../../ports/flow-tracer.js';
import { AttemptContext } from './attempt-context.js';
import type { Parcel } from '../trace/envelope.js';
import type { TurnClock } from '../../scheduling/turn-clock.js';

/** What a slot is doing. Numbers: docs/performance.md, "old objects". */
export const SlotState = Object.freeze({
  /** has no message */
  idle: 0,
  /** tells the listeners that it starts; user code does not run yet */
  starting: 1,
  /** user code runs */
  running: 2,
  /** waits before the next attempt */
  backoff: 3,
  /** has a result that waits until earlier ones have left (ordered nodes) */
  resequencing: 4,
  /** hands its result to the outlets, or waits for room in one */
  delivering: 5,
  /** was interrupted; its late result is ignored */
  dead: 6,
} as const);

export type SlotState = (typeof SlotState)[keyof typeof SlotState];

/** What a slot holds: a message, the attempt it makes with it, and what is known of both. */
export class CurrentAttempt {
  state: SlotState = SlotState.idle;
  /** The attempt, or the one that ended last, with the message it works on; undefined without one. */
  context: AttemptContext | undefined;
  /** Start of the attempt on the monotonic scale; NaN while unknown. */
  since = Number.NaN;
  /** While the synchronous part of `process` runs; of a slot that runs nothing it says nothing. */
  inSync = false;
  /** Index of the next free slot of the node, or -1; the worker's own field. */
  nextIdle = -1;
  /** The span of the attempt, or of the one that ended last; undefined while nobody traces. */
  span: AttemptSpan | undefined;

  /** The message it works on. */
  get parcel(): Parcel | undefined {
    return this.context === undefined ? undefined : AttemptContext.parcel(this.context);
  }

  /** Counts from 0. */
  get attempt(): number {
    return this.context?.attempt ?? 0;
  }

  /** Arrival number of the message. */
  get sequence(): number {
    return (this.context as AttemptContext).delivery;
  }

  /** False when somebody has cancelled the trace, or has otherwise taken the message away. */
  isIn(context: AttemptContext, state: SlotState): boolean {
    return this.context === context && this.state === state;
  }

  /** How long `process` ran, without its waits for room downstream; null while its start is unknown. */
  latencyMs(time: TurnClock): number | null {
    if (Number.isNaN(this.since)) return null;
    return Math.max(0, time.monotonic() - this.since - AttemptContext.blockedMs(this.context as AttemptContext));
  }
}
