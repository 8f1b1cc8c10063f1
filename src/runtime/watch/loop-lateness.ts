import { flowEvents, NO_RUN } from '../control/event-places.js';
import type { WiredFlow } from '../control/wired-flow.js';
import type { PlaceEvents } from '../core/place-events.js';
import type { NodeWorker } from '../node/node-worker.js';

/** So many nodes are named at most. */
const NAMED_SUSPECTS = 10;

/** Says of a flow that the event loop was held by something that nobody has named, and which of its nodes ran meanwhile. */
export class LoopLateness {
  readonly #limitMs: number;
  readonly #events: PlaceEvents;
  /** How far each node had come at the last look, and whether it held a message. */
  readonly #before = new Map<NodeWorker, { progress: number; held: boolean }>();

  constructor(flow: WiredFlow) {
    this.#limitMs = flow.core.plan.blockedMs;
    this.#events = flowEvents(flow);
    for (const worker of flow.workers) this.#before.set(worker, { progress: 0, held: false });
  }

  get isOn(): boolean {
    return this.#limitMs !== 0;
  }

  look(lateMs: number): void {
    // What has blocked may have ended since, so the last look counts as well.
    const ran: string[] = [];
    for (const [worker, before] of this.#before) {
      const progress = progressOf(worker);
      const held = worker.inFlight !== 0;
      if (held || before.held || progress !== before.progress) ran.push(worker.name);
      before.progress = progress;
      before.held = held;
    }
    if (lateMs <= this.#limitMs || ran.length === 0) return;
    const suspects = Object.freeze(ran.slice(0, NAMED_SUSPECTS));
    this.#events.publishApart('loop_blocked', NO_RUN, { latencyMs: lateMs, extra: { suspects } });
  }
}

function progressOf({ stats: { succeeded, failed, retried, cancelled, skipped } }: NodeWorker): number {
  return succeeded + failed + retried + cancelled + skipped;
}
