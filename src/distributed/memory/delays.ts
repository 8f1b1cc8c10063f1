import type { Clock, ClockTimer } from '../../index.js';
import { MinHeap } from './min-heap.js';

interface Delay {
  readonly dueMs: number;
  call(): void;
}

/** What is to happen after a time. It keeps the process up, as somebody waits for it, but not when nobody is connected. */
export class Delays {
  readonly #delays = new MinHeap<Delay>(({ dueMs }) => dueMs);
  #clock: Clock | undefined;
  #timer: ClockTimer | undefined;
  #timerMs = Infinity;

  add(delayMs: number, call: () => void): void {
    if (this.#clock === undefined) return;
    this.#delays.push({ dueMs: this.#clock.monotonic() + Math.max(0, delayMs), call });
    this.#set();
  }

  go(clock: Clock): void {
    this.#clock = clock;
    this.#set();
  }

  rest(): void {
    this.#timer?.cancel();
    this.#timerMs = Infinity;
  }

  #set(): void {
    const next = this.#delays.peek();
    if (next === undefined || this.#clock === undefined || next.dueMs >= this.#timerMs) return;
    this.#timer?.cancel();
    this.#timerMs = next.dueMs;
    this.#timer = this.#clock.setTimer(() => this.#run(), Math.max(0, next.dueMs - this.#clock.monotonic()));
  }

  #run(): void {
    this.#timerMs = Infinity;
    const nowMs = this.#clock?.monotonic() ?? 0;
    for (let next = this.#delays.peek(); next !== undefined && next.dueMs <= nowMs; next = this.#delays.peek()) {
      this.#delays.pop();
      next.call();
    }
    this.#set();
  }
}
