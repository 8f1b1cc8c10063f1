import { setImmediate, setTimeout } from 'node:timers';
import type { FlowCore } from '../core/flow-core.js';
import type { CycleGate } from '../node/cycle-gate.js';
import type { NodeWorker } from '../node/node-worker.js';

/** Floes up to this capacity are swept at once for those who wait for room. */
const SWEPT_AT_ONCE = 1_024;

/** Longest time that what is gone keeps its memory, in milliseconds. */
const LONGEST_MS = 500;

/**
 * Sweeps what ended runs have left in floes and at the egress: it is skipped where it lies, counts as gone, and is thrown away
 * when it outnumbers the rest, or soon.
 */
export class GoneSweeper {
  readonly #core: FlowCore;
  readonly #workers: readonly NodeWorker[];
  readonly #gates: readonly CycleGate[];
  /** Messages that are gone, at most. */
  #gone = 0;
  #scheduled = false;

  constructor(core: FlowCore, workers: readonly NodeWorker[], gates: readonly CycleGate[]) {
    this.#core = core;
    this.#workers = workers;
    this.#gates = gates;
  }

  /** A run has ended with so many messages lying about. Called within a turn of the run queue. */
  note(messages: number): void {
    if (messages === 0) return;
    const { egress } = this.#core;
    this.#gone += messages;
    egress.noteGone();
    if (egress.waiting !== 0) egress.sweep();
    let live = 0;
    for (const { inputs } of this.#workers) {
      for (const floe of inputs) {
        floe.noteGone();
        if (floe.waiting !== 0 && floe.capacity <= SWEPT_AT_ONCE) floe.sweep();
        live += floe.held;
      }
    }
    for (const gate of this.#gates) gate.onTaken();
    if (this.#scheduled) return;
    this.#scheduled = true;
    if (this.#gone * 2 >= live) setImmediate(() => this.#sweep());
    else setTimeout(() => this.#sweep(), LONGEST_MS);
  }

  #sweep(): void {
    this.#scheduled = false;
    this.#gone = 0;
    const { egress, runQueue } = this.#core;
    runQueue.enter();
    try {
      egress.sweep();
      for (const { inputs } of this.#workers) for (const floe of inputs) floe.sweep();
    } finally {
      runQueue.leave();
    }
  }
}
