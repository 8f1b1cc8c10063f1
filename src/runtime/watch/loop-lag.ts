import type { Clock, ClockTimer } from '../../ports/clock.js';
import { SystemClock } from '../../scheduling/system-clock.js';

/** How often it is looked whether the event loop comes late, in milliseconds. */
const EVERY_MS = 50;

/** Measures by how much the event loop comes late, while somebody works. */
export class LoopLag {
  readonly #clock: Clock;
  readonly #onLook: (lateMs: number) => void;
  #timer: ClockTimer | undefined;
  #armedMs = 0;
  /** For how long of that somebody has said why. */
  #knownMs = 0;

  /** @param onLook - told each time, by how much it was late where nobody has said why */
  constructor(clock: Clock, onLook: (lateMs: number) => void) {
    this.#clock = clock;
    this.#onLook = onLook;
  }

  /** Looks from now on. A clock that is moved by hand is never late. */
  start(): void {
    if (this.#timer === undefined && this.#clock instanceof SystemClock) this.#arm();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Somebody has said what held the event loop for so long. */
  noteKnown(ms: number): void {
    this.#knownMs += ms;
  }

  #arm(): void {
    this.#armedMs = this.#clock.monotonic();
    this.#knownMs = 0;
    this.#timer = this.#clock.setTimer(() => this.#look(), EVERY_MS);
    this.#timer.unref?.();
  }

  #look(): void {
    const lateMs = this.#clock.monotonic() - this.#armedMs - EVERY_MS - this.#knownMs;
    this.#arm();
    this.#onLook(Math.max(0, lateMs));
  }
}
