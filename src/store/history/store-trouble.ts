import { FlowError, type FlowErrorCode, type FlowLog } from '../../index.js';
import type { WriterClock } from './writer-clock.js';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 30_000;
/** Between two lines about the same trouble. */
const TELL_MS = 10_000;

/** What only another program, or another place, mends. */
const FOR_GOOD: readonly FlowErrorCode[] = [
  ...(['STORE_DRIVER_MISSING', 'STORE_DRIVER_MIXED', 'STORE_WORKER_MISSING', 'STORE_FILE_UNSUPPORTED'] as const),
  ...(['STORE_SCHEMA_UNSUPPORTED', 'INVALID_OPTION'] as const),
];

export function isForGood(error: unknown): boolean {
  return FlowError.is(error) && FOR_GOOD.includes(error.code);
}

/** Trouble with a store: told now and then, and overcome by trying again. */
export class StoreTrouble {
  /** Why the store takes nothing just now. */
  degraded: string | undefined;
  readonly #clock: WriterClock;
  readonly #log: () => FlowLog | undefined;
  #toldMs = Number.NEGATIVE_INFINITY;

  constructor(clock: WriterClock, log: () => FlowLog | undefined) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Tries for ever, later and later, unless the store refuses a row. */
  async untilItWorks(what: string, run: () => Promise<void>): Promise<void> {
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      try {
        await run();
        if (this.degraded !== undefined) this.#log()?.write('info', 'history_recovered', { what }, {});
        this.degraded = undefined;
        return;
      } catch (error) {
        if (FlowError.is(error, 'STORE_ROW_REFUSED')) throw error;
        this.met(error);
        await this.#pause(waitMs);
      }
    }
  }

  met(error: unknown): void {
    this.degraded = error instanceof Error ? error.message : String(error);
    this.tell('history_degraded', error);
  }

  tell(event: string, error: unknown): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#toldMs < TELL_MS) return;
    this.#toldMs = nowMs;
    this.#log()?.write('error', event, { error }, {});
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.later(resolve, ms);
    });
  }
}
