import type { Clock } from '../ports/clock.js';
import { SystemClock } from './system-clock.js';
import type { RunQueue } from './run-queue.js';

/** How long the distance between the two scales of the clock is trusted, in milliseconds. */
const TRUST_MS = 50;

/**
 * The time of events. A look at the clock costs as much as the rest of an event, so it is taken once and kept until user
 * code (a node, a listener) has run: the latency of a success and the time of its event are one look.
 */
export class TurnClock {
  readonly #clock: Clock;
  readonly #runQueue: RunQueue;
  #turn = -1;
  #atMs = 0;
  /** Wall clock minus monotonic clock, and until when that is trusted. */
  #offsetMs = 0;
  #trustedUntilMs = Number.NEGATIVE_INFINITY;
  /** Since the epoch until `#nextMs`, in both units. Undefined at first: docs/performance.md, "fractions". */
  #nowMs: number | undefined;
  #nowS: number | undefined;
  /** When the next millisecond of the wall clock begins, on the monotonic scale. */
  #nextMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, runQueue: RunQueue) {
    this.#clock = clock;
    this.#runQueue = runQueue;
  }

  /** Milliseconds on the clock's monotonic scale. */
  monotonic(): number {
    if (this.#turn !== this.#runQueue.turn) this.#look();
    return this.#atMs;
  }

  /** Seconds since the epoch, in whole milliseconds. */
  nowS(): number {
    // Not by way of `monotonic`, which looks each time it is asked: docs/performance.md, "feedback".
    if (this.#turn !== this.#runQueue.turn) this.#look();
    if (this.#atMs >= this.#nextMs) this.#tick();
    return this.#nowS as number;
  }

  /** Milliseconds since the epoch, whole ones. */
  nowMs(): number {
    if (this.#turn !== this.#runQueue.turn) this.#look();
    if (this.#atMs >= this.#nextMs) this.#tick();
    return this.#nowMs as number;
  }

  #look(): void {
    this.#turn = this.#runQueue.turn;
    this.#atMs = this.#clock.monotonic();
  }

  #tick(): void {
    if (this.#atMs >= this.#trustedUntilMs) this.#compare();
    const nowMs = Math.floor(this.#atMs + this.#offsetMs);
    this.#nowMs = nowMs;
    this.#nowS = nowMs / 1000;
    this.#nextMs = Math.min(nowMs + 1 - this.#offsetMs, this.#trustedUntilMs);
  }

  #compare(): void {
    this.#offsetMs = this.#clock.now() - this.#atMs;
    // Only of the machine's own clock is it known that both scales go on together; any other is always asked.
    if (this.#clock.constructor === SystemClock) this.#trustedUntilMs = this.#atMs + TRUST_MS;
  }
}
