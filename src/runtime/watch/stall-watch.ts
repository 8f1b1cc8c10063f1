import type { AttemptSlot } from '../attempt/attempt-slot.js';
import { SlotState } from '../attempt/current-attempt.js';
import { flowEvents, NO_RUN } from '../control/event-places.js';
import type { WiredFlow } from '../control/wired-flow.js';
import type { PlaceEvents } from '../core/place-events.js';
import { callsItself, waitsForFlow } from './attempt-waits.js';
import { describeStall } from './describe-stall.js';
import type { FlowStall } from './flow-stall.js';

/** How far a flow has come. */
interface Progress {
  /** Attempts that ended, and messages that left without one. */
  readonly ended: number;
  /** Messages that nodes hold. */
  readonly held: number;
  /** Results and pieces that were taken. */
  readonly taken: number;
}

/** Sees that a flow is stalled: something waits for room, nothing has moved for a while, and nothing will by itself. */
export class StallWatch {
  readonly #flow: WiredFlow;
  readonly #afterMs: number;
  readonly #events: PlaceEvents;
  #before: Progress | undefined;
  /** Since when nothing moves; undefined while something does. */
  #sinceMs: number | undefined;
  #isTold = false;

  constructor(flow: WiredFlow) {
    this.#flow = flow;
    this.#afterMs = flow.core.plan.stallS * 1000;
    this.#events = flowEvents(flow);
  }

  /** Publishes `flow_stalled`, once per stall. */
  look(nowMs: number): void {
    if (this.#afterMs === 0) return;
    if (!this.#standsStill()) {
      this.#before = undefined;
      this.#sinceMs = undefined;
      return;
    }
    const progress = progressOf(this.#flow);
    if (this.#sinceMs === undefined || !isSame(progress, this.#before)) {
      this.#before = progress;
      this.#sinceMs = nowMs;
      this.#isTold = false;
    }
    if (this.#isTold || nowMs - this.#sinceMs < this.#afterMs) return;
    this.#isTold = true;
    this.#publish(describeStall(this.#flow, nowMs - this.#sinceMs));
  }

  /** What the flow waits for, if it is stalled now. */
  at(nowMs: number): FlowStall | undefined {
    if (!this.#isTold || this.#sinceMs === undefined) return undefined;
    if (!this.#standsStill() || !isSame(progressOf(this.#flow), this.#before)) return undefined;
    return describeStall(this.#flow, nowMs - this.#sinceMs);
  }

  /** Something waits for room, or for an answer of its own flow, and nothing goes on but what waits for the flow. */
  #standsStill(): boolean {
    const { borders, core, workers } = this.#flow;
    // What waits for another process is its carrier's affair.
    if (borders.some(isFull)) return false;
    return (
      (core.egress.waiting !== 0 ||
        workers.some(({ inputs }) => inputs.some(isFull)) ||
        this.#anyStreamWaits() ||
        workers.some(callsItself)) &&
      !workers.some(
        ({ keeper, late, slots, throttled }) =>
          throttled !== 0 || late.isFull || keeper.hasTimers || slots.some(goesOn),
      )
    );
  }

  #anyStreamWaits(): boolean {
    return this.#flow.core.egress.openStreams.some((reader) => reader.waiting !== 0);
  }

  #publish({
    stalledS,
    fullAt,
    waitingNodes,
    waitingEmits,
    callingNodes,
    untakenResults,
    unreadStreams,
    hint,
  }: FlowStall): void {
    this.#events.publishApart('flow_stalled', NO_RUN, {
      extra: {
        stalled_s: stalledS,
        full_at: fullAt,
        waiting_nodes: waitingNodes,
        waiting_emits: waitingEmits,
        calling_nodes: callingNodes,
        untaken_results: untakenResults,
        unread_streams: unreadStreams,
        hint,
      },
    });
  }
}

function isFull({ waiting }: { readonly waiting: number }): boolean {
  return waiting !== 0;
}

/** Whether a slot does something, or will after a wait of its own. */
function goesOn(slot: AttemptSlot): boolean {
  const { state } = slot;
  if (state === SlotState.running) return !waitsForFlow(slot);
  return state === SlotState.starting || state === SlotState.backoff;
}

function progressOf({ core, workers }: WiredFlow): Progress {
  let [ended, held, taken] = [0, 0, core.egress.taken];
  for (const { stats, inFlight } of workers) {
    for (const count of Object.values(stats.toJSON())) ended += count;
    held += inFlight;
  }
  for (const reader of core.egress.openStreams) taken += reader.taken;
  return { ended, held, taken };
}

function isSame(one: Progress, other: Progress | undefined): boolean {
  return one.ended === other?.ended && one.held === other.held && one.taken === other.taken;
}
