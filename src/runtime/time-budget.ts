import { WheelEntry } from '../scheduling/timer-wheel.js';
import type { FlowCore } from './core/flow-core.js';

/** Time that several waits share, one after the other or side by side: each has what is left of it. */
export class TimeBudget {
  readonly #core: Pick<FlowCore, 'clock' | 'wheel'>;
  readonly #endsMs: number;

  constructor(core: Pick<FlowCore, 'clock' | 'wheel'>, limitS: number) {
    this.#core = core;
    this.#endsMs = core.clock.monotonic() + limitS * 1000;
  }

  /** What is left, in seconds. */
  get leftS(): number {
    return Math.max(0, this.#endsMs - this.#core.clock.monotonic()) / 1000;
  }

  /**
   * Whether something is done while there is time; what is done at once always is.
   * @throws what it rejects with in time
   */
  async holds(running: void | Promise<unknown>): Promise<boolean> {
    if (running === undefined) return true;
    const { wheel } = this.#core;
    let timer: WheelEntry | undefined;
    const tooLong = new Promise<false>((resolve) => {
      timer = new WheelEntry(() => resolve(false));
      wheel.schedule(timer, this.leftS * 1000);
    });
    // Whoever is given up must not bring the process down when it fails after all.
    running.catch(() => {});
    try {
      return await Promise.race([Promise.resolve(running).then(() => true), tooLong]);
    } finally {
      if (timer !== undefined) wheel.cancel(timer);
    }
  }
}
