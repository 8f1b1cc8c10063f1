import type { Clock, ClockTimer } from '../../ports/clock.js';
import { LoopLag } from './loop-lag.js';
import { SystemClock } from '../../scheduling/system-clock.js';

/** How often flows are looked at. */
const EVERY_MS = 1_000;

/** A flow that is looked at while it has something to do. */
export interface Watched {
  /** Looks at the flow; false when it has nothing to do, and is looked at no more until it calls `wake`. */
  look(): boolean;
  /** Whether a node held a message when it was looked at, or runs have begun since the look before. */
  readonly isWorking: boolean;
  /** Whether it wants to know by how much the event loop comes late. */
  readonly seesLateness: boolean;
  /** The event loop came late by so many milliseconds, or by none: twenty times a second. */
  lookAtLoop(lateMs: number): void;
}

/** The one timer of all flows on a clock. It runs while one of them has something to do, and holds no process. */
export class ClockWatch {
  readonly #clock: Clock;
  readonly #awake = new Set<Watched>();
  readonly #lag: LoopLag;
  #timer: ClockTimer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#lag = new LoopLag(clock, (lateMs) => this.#lookAtLoop(lateMs));
  }

  /** Looks at a flow from now on. */
  wake(flow: Watched): void {
    this.#awake.add(flow);
    if (flow.seesLateness) this.#lag.start();
    if (this.#timer === undefined) this.#arm();
  }

  /** Looks at a flow no more. */
  forget(flow: Watched): void {
    this.#awake.delete(flow);
    if (this.#awake.size !== 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#lag.stop();
  }

  /** Somebody has said what held the event loop for so long. */
  noteBlock(ms: number): void {
    this.#lag.noteKnown(ms);
  }

  #arm(): void {
    this.#timer = this.#clock.setTimer(() => this.#tick(), EVERY_MS);
    this.#timer.unref?.();
  }

  #tick(): void {
    this.#timer = undefined;
    try {
      for (const flow of [...this.#awake]) if (this.#awake.has(flow) && !flow.look()) this.#awake.delete(flow);
    } finally {
      if (this.#awake.size !== 0 && this.#timer === undefined) this.#arm();
    }
    if ([...this.#awake].some(({ isWorking, seesLateness }) => isWorking && seesLateness)) this.#lag.start();
    else this.#lag.stop();
  }

  #lookAtLoop(lateMs: number): void {
    for (const flow of [...this.#awake]) if (flow.seesLateness) flow.lookAtLoop(lateMs);
  }
}

/** By clock; all that are the machine's own are one. */
const watches = new WeakMap<object, ClockWatch>();

/** The watch of a clock: one for all flows of a process that go by the machine's own. */
export function watchOf(clock: Clock): ClockWatch {
  const key = clock.constructor === SystemClock ? SystemClock : clock;
  let watch = watches.get(key);
  if (watch === undefined) watches.set(key, (watch = new ClockWatch(clock)));
  return watch;
}
