import type { Clock, ClockTimer } from '../../ports/clock.js';
import { SystemClock } from '../../scheduling/system-clock.js';

/** How often it is looked whether the event loop comes late, in milliseconds. */
const EVERY_MS = 50;

/** Measures by how much the event loop comes late, while somebody works. */
export class LoopLag {
  readonly #clock: Clock;
  readonly #onLate: (lateMs: number) => void;
  #timer: ClockTimer | undefined;
  #armedMs = 0;
  #knownMs = Number.NEGATIVE_INFINITY;

  /** @param onLate - told by how much, where nobody has said why */
  constructor(clock: Clock, onLate: (lateMs: number) => void) {
    this.#clock = clock;
    this.#onLate = onLate;
  }

  /** Looks from now on. A clock that is moved by hand is never late. */
  start(): void {
    if (this.#timer === undefined && this.#clock instanceof SystemClock) this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Somebody has said by now what held the event loop. */
  noteKnown(nowMs: number): void {
    this.#knownMs = nowMs;
  }

  #arm(): void {
    this.#armedMs = this.#clock.monotonic();
    this.#timer = this.#clock.setTimer(() => this.#look(), EVERY_MS);
    this.#timer.unref?.();
  }

  #look(): void {
    const lateMs = this.#clock.monotonic() - this.#armedMs - EVERY_MS;
    const isKnown = this.#knownMs >= this.#armedMs;
    this.#arm();
    if (lateMs > 0 && !isKnown) this.#onLate(lateMs);
  }
}
