import type { Clock, ClockTimer } from '../../index.js';
import type { CarrierPlan } from '../carrier/carrier-plan.js';
import type { CarrierSession } from '../carrier/carrier-session.js';
import type { OutMessage } from '../carrier/messages.js';
import { BACKPRESSURE_MS } from '../backpressure.js';

/** Between two looks at the least, in milliseconds. */
const LOOK_MS = 1_000;

/** Something that waits for room in one of these queues. */
interface RoomWait {
  readonly queues: readonly string[];
  readonly sinceMs: number;
}

/** Tells of queues that have had no room for some time, once until nobody waits that long for one any more (D14). */
export class FullQueues {
  readonly #session: CarrierSession;
  readonly #clock: Clock;
  readonly #plan: CarrierPlan;
  readonly #tell: (queue: string, waitedMs: number) => void;
  /** In the order in which they began. */
  readonly #waits = new Set<RoomWait>();
  readonly #told = new Set<string>();
  #timer: ClockTimer | undefined;

  constructor(
    session: CarrierSession,
    clock: Clock,
    plan: CarrierPlan,
    tell: (queue: string, waitedMs: number) => void,
  ) {
    this.#session = session;
    this.#clock = clock;
    this.#plan = plan;
    this.#tell = tell;
  }

  /** Something may have to wait. */
  begin(queues: readonly string[]): RoomWait {
    const wait = { queues, sinceMs: this.#clock.monotonic() };
    this.#waits.add(wait);
    if (this.#timer === undefined) this.#look();
    return wait;
  }

  end(wait: RoomWait): void {
    this.#waits.delete(wait);
  }

  /** What is stored with these messages waits until each queue has room. */
  async during(messages: readonly OutMessage[], storing: () => Promise<void>): Promise<void> {
    if (messages.length === 0) return storing();
    const wait = this.begin(messages.map(({ queue }) => queue));
    try {
      await storing();
    } finally {
      this.end(wait);
    }
  }

  stop(): void {
    this.#timer?.cancel();
    this.#waits.clear();
  }

  /** One timer for all of them: most wait for a moment only. */
  #look(): void {
    const [oldest] = this.#waits;
    this.#timer = undefined;
    if (oldest === undefined) {
      this.#told.clear();
      return;
    }
    const leftMs = oldest.sinceMs + BACKPRESSURE_MS - this.#clock.monotonic();
    this.#timer = this.#clock.setTimer(() => void this.#lookAgain(), Math.max(LOOK_MS, leftMs));
    this.#timer.unref?.();
  }

  async #lookAgain(): Promise<void> {
    if (this.#longWaits().size > 0) await this.#ask().catch(() => undefined);
    else this.#told.clear();
    this.#look();
  }

  /** What takes long may have other reasons: the engine says which queue it is. */
  async #ask(): Promise<void> {
    const states = await this.#session.queues();
    const bounds = new Map(this.#plan.queues.map(({ queue, bound }) => [queue, bound]));
    const full = states.filter(({ queue, pending, unacked }) => pending + unacked >= (bounds.get(queue) ?? Infinity));
    const names = new Set(full.map(({ queue }) => queue));
    const waits = this.#longWaits();
    for (const queue of this.#told) if (!waits.has(queue)) this.#told.delete(queue);
    for (const [queue, waitedMs] of waits) {
      if (!names.has(queue) || this.#told.has(queue)) continue;
      this.#told.add(queue);
      this.#tell(queue, waitedMs);
    }
  }

  /** The longest wait for each queue, where it is long. */
  #longWaits(): ReadonlyMap<string, number> {
    const nowMs = this.#clock.monotonic();
    const waits = new Map<string, number>();
    for (const { queues, sinceMs } of this.#waits) {
      if (nowMs - sinceMs < BACKPRESSURE_MS) break;
      for (const queue of queues) if (!waits.has(queue)) waits.set(queue, nowMs - sinceMs);
    }
    return waits;
  }
}
