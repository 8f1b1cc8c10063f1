import { EVENT_BIT } from '../../events/event-bus.js';
import type { LineMember } from '../../queue/line.js';
import { inSlices } from '../../scheduling/in-slices.js';
import type { WiredFlow } from '../control/wired-flow.js';
import type { PlaceEvents } from '../core/place-events.js';
import { PendingEmit } from '../routing/pending-emit.js';

/** An emit that waits longer is told of, in milliseconds. */
const LONG_MS = 10_000;
/** So many are told of between two looks at the clock. */
const PER_PART = 16;

/** Where something may wait for room. */
interface Room {
  readonly lastWaiting: LineMember | undefined;
}

/** An emit that was seen to wait. */
interface SeenWait {
  readonly sinceMs: number;
  /** Where it waited when it was told of. */
  toldAt: Room | undefined;
}

/** An emit to be told of. */
interface LongWait {
  readonly emit: PendingEmit<unknown>;
  readonly waitedMs: number;
  readonly place: PlaceEvents;
  readonly source: string | undefined;
}

/** Tells once of each emit that waits for room for long, be it from outside or of a node. */
export class LongWaits {
  readonly #flow: WiredFlow;
  readonly #seen = new WeakMap<PendingEmit<unknown>, SeenWait>();

  constructor(flow: WiredFlow) {
    this.#flow = flow;
  }

  look(nowMs: number): void {
    const { core, egressEvents, workers } = this.#flow;
    // Looked at also while nobody listens: whoever comes later is told how long it was.
    const isHeard = (core.bus.mask & EVENT_BIT.flow_backpressure) !== 0;
    const long: LongWait[] = [];
    for (const worker of workers) {
      for (const [input, floe] of worker.inputs.entries()) {
        this.#lookAt(floe, nowMs, isHeard, (emit, waitedMs) =>
          long.push({ emit, waitedMs, place: worker.events, source: worker.sourceOf(input) }),
        );
      }
    }
    for (const room of [core.egress, ...core.egress.openStreams]) {
      this.#lookAt(room, nowMs, isHeard, (emit, waitedMs) =>
        long.push({ emit, waitedMs, place: egressEvents, source: undefined }),
      );
    }
    if (long.length !== 0) inSlices(long, PER_PART, (part) => this.#tell(part));
  }

  #tell(part: readonly LongWait[]): void {
    const { runQueue } = this.#flow.core;
    runQueue.enter();
    try {
      for (const one of part) tell(one);
    } finally {
      runQueue.leave();
    }
  }

  /** From the last one on, so that those who wait for longer than it takes to be told of are not looked at again and again. */
  #lookAt(
    room: Room,
    nowMs: number,
    isHeard: boolean,
    found: (emit: PendingEmit<unknown>, waitedMs: number) => void,
  ): void {
    const long: [PendingEmit<unknown>, number][] = [];
    for (let put = room.lastWaiting; put !== undefined; put = put.before) {
      // A result that waits on its node is no emit.
      if (!(put instanceof PendingEmit)) continue;
      const seen = this.#seen.get(put);
      if (seen === undefined) this.#seen.set(put, { sinceMs: nowMs, toldAt: undefined });
      else if (isHeard && seen.toldAt === undefined && nowMs - seen.sinceMs >= LONG_MS) {
        seen.toldAt = room;
        long.push([put, nowMs - seen.sinceMs]);
      }
    }
    for (const [emit, waitedMs] of long.toReversed()) found(emit, waitedMs);
  }
}

function tell({ emit, place, source, waitedMs }: LongWait): void {
  // A listener to the one before may have ended its wait.
  if (emit.line === undefined) return;
  const waited = { waited_ms: Math.round(waitedMs) };
  place.publish('flow_backpressure', emit.item.envelope, {
    extra: source === undefined ? waited : { ...waited, source },
  });
}
