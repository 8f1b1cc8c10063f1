import { SlotState } from '../attempt/current-attempt.js';
import { flowEvents } from '../control/event-places.js';
import type { WiredFlow } from '../control/wired-flow.js';
import type { PlaceEvents } from '../core/place-events.js';

/** So many nodes are named at most. */
const NAMED_SUSPECTS = 10;

const NO_RUN = Object.freeze({ traceId: null, tenant: null });

/** Says of a flow that the event loop was held by something that nobody has named, and which of its nodes ran meanwhile. */
export class LoopLateness {
  readonly #flow: WiredFlow;
  readonly #limitMs: number;
  readonly #events: PlaceEvents;

  constructor(flow: WiredFlow) {
    this.#flow = flow;
    const { blockedMs } = flow.core.plan;
    this.#limitMs = blockedMs === 0 ? Number.POSITIVE_INFINITY : blockedMs;
    this.#events = flowEvents(flow);
  }

  onLate(lateMs: number): void {
    if (lateMs <= this.#limitMs) return;
    const { workers } = this.#flow;
    const ran = workers.filter(({ slots }) => slots.some(({ state }) => state === SlotState.running));
    if (ran.length === 0) return;
    const suspects = Object.freeze(ran.slice(0, NAMED_SUSPECTS).map(({ name }) => name));
    this.#events.publishApart('loop_blocked', NO_RUN, { latencyMs: lateMs, extra: { suspects } });
  }
}
