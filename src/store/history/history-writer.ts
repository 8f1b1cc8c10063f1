import { FlowError, type FlowLog } from '../../index.js';
import type { FlowStore, Heartbeat, KeepPolicy, RunnerInit, SeenRunner } from '../flow-store.js';
import { BatchSender } from './batch-sender.js';
import { ownRunner } from './own-runner.js';
import { Retention } from './retention.js';
import type { RowBuffer } from './row-buffer.js';
import type { RowChunk } from './row-chunk.js';
import { RunnerWatch } from './runner-watch.js';
import { StoreOpening } from './store-opening.js';
import { isForGood, StoreTrouble } from './store-trouble.js';
import { MACHINE_CLOCK, type WriterClock } from './writer-clock.js';

const HEARTBEAT_MS = 5_000;
/** Whoever waits for what is stored, or for the end, waits so long for a store that takes nothing. */
const PATIENCE_MS = 30_000;

/** So that the error comes before the end of the process. */
const FIRST_ANSWER_MS = 1_000;

/** How the writer is. */
export interface WriterState {
  /** Why the store takes nothing just now. */
  readonly degraded: string | undefined;
  readonly batches: number;
  readonly rejectedRows: number;
  /** Runs of dead runners that this one ended. */
  readonly interrupted: number;
}

/** A process that writes. */
export type RunnerFacts = Pick<SeenRunner, 'runner' | 'host' | 'pid' | 'startedMs'>;

/** Stores what waits in a buffer, however long the store is away, and keeps the store tidy. */
export class HistoryWriter {
  readonly #store: FlowStore;
  readonly #buffer: RowBuffer;
  readonly #clock: WriterClock;
  readonly #flushMs: number;
  readonly #init: RunnerInit;
  readonly #sender: BatchSender;
  readonly #watch: RunnerWatch;
  readonly #log: () => FlowLog | undefined;
  readonly #trouble: StoreTrouble;
  readonly #opening: StoreOpening;
  readonly #retention: Retention;
  #timer: { cancel(): void } | undefined;
  #soon: { cancel(): void } | undefined;
  #beat: { cancel(): void } | undefined;
  /** What has waited for long enough is to be stored, also where there is little of it. */
  #isDue = false;
  #isWriting = false;
  /** Those who wait until all that waits now is stored. */
  readonly #flushes: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  #closed = false;
  /** The program was about to end, and the store took nothing. */
  #hasGivenUp = false;

  constructor(
    store: FlowStore,
    buffer: RowBuffer,
    settings: { readonly flushMs: number; readonly keep: KeepPolicy },
    version: string,
    log: () => FlowLog | undefined,
    clock: WriterClock = MACHINE_CLOCK,
  ) {
    this.#store = store;
    this.#buffer = buffer;
    this.#clock = clock;
    this.#flushMs = settings.flushMs;
    this.#log = log;
    this.#init = ownRunner(version, clock.nowMs());
    this.#trouble = new StoreTrouble(clock, log);
    this.#opening = new StoreOpening(() => this.#open(), this.#trouble);
    this.#retention = new Retention(store, settings.keep, clock, this.#trouble);
    this.#sender = new BatchSender(store, {
      untilItWorks: (run) => this.#trouble.untilItWorks('write', run),
      renew: async () => {
        if (!(await this.#heartbeat())) await this.#open();
      },
      refused: (error) => this.#trouble.tell('history_row_refused', error),
    });
    this.#watch = new RunnerWatch(store, this.#init, log);
    buffer.onFilled = () => this.#schedule();
    buffer.onFull = () => this.#writeSoon();
  }

  get state(): WriterState {
    return {
      degraded: this.#trouble.degraded,
      batches: this.#sender.batches,
      rejectedRows: this.#sender.rejectedRows,
      interrupted: this.#watch.interrupted,
    };
  }

  /** Who writes, once that is known, and who else did when last looked. */
  get runners(): readonly RunnerFacts[] {
    const { runner } = this.#sender;
    const own = runner === undefined ? [] : [{ ...this.#init, runner: runner.runner }];
    return [...own, ...this.#watch.others].map(({ runner, host, pid, startedMs }) => ({
      runner,
      host,
      pid,
      startedMs,
    }));
  }

  /** Brings the store up, which may take as long as it likes. */
  open(): Promise<void> {
    return this.#opening.begin();
  }

  /**
   * Resolves when the store is up, for somebody who wants to read; rejects when it fails to open.
   * @throws what `open` of the store throws
   */
  opened(): Promise<void> {
    return this.#opening.isOpen ? Promise.resolve() : this.#waitingFor(this.#opening.opened());
  }

  /**
   * Resolves when all that waits now is stored.
   * @throws FlowError `STORE_UNAVAILABLE` when the store has not taken it within 30 s; it goes on waiting
   */
  async flush(): Promise<void> {
    if (this.#closed) return;
    await this.#flushed();
  }

  /**
   * Stores what waits and ends the runner.
   * @throws FlowError `STORE_UNAVAILABLE` when the store has not taken it within 30 s: it is lost, and an error line says how much
   */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    this.#soon?.cancel();
    this.#beat?.cancel();
    this.#retention.end();
    if (!this.#opening.hasBegun) return;
    try {
      await this.#flushed();
    } catch (error) {
      this.#lost(error);
      throw error;
    } finally {
      if (this.#opening.isOpen) await this.#waitingFor(this.#store.close(this.#clock.nowMs()));
    }
  }

  /** The program has nothing left to do: stores what waits or is on its way. A store that is away keeps it up once, and not for ever. */
  async flushBeforeExit(): Promise<void> {
    if (this.#hasGivenUp || (this.#buffer.isEmpty && this.#buffer.size === 0)) return;
    try {
      await this.flush();
    } catch (error) {
      this.#hasGivenUp = true;
      this.#lost(error);
    }
  }

  #lost(error: unknown): void {
    this.#log()?.write('error', 'history_lost', { rows: this.#buffer.size, error }, {});
  }

  async #flushed(): Promise<void> {
    let timer: { cancel(): void } | undefined;
    try {
      await this.#waitingFor(
        new Promise<void>((resolve, reject) => {
          timer = this.#clock.later(() => reject(this.#unavailable()), PATIENCE_MS);
          this.#flushes.push({ resolve, reject });
          // What will not go away is said at once.
          if (!this.#opening.isOpen)
            this.#opening.opened().catch((error: unknown) => {
              if (isForGood(error)) reject(error as Error);
            });
          this.#write();
        }),
      );
    } finally {
      timer?.cancel();
    }
  }

  /** Keeps the process up for somebody who waits, as long as that is worth it. */
  async #waitingFor<Result>(promise: Promise<Result>): Promise<Result> {
    const hold = this.#clock.hold(PATIENCE_MS + FIRST_ANSWER_MS);
    try {
      return await promise;
    } finally {
      hold.cancel();
    }
  }

  #unavailable(): FlowError {
    const seconds = PATIENCE_MS / 1_000;
    const why = this.#trouble.degraded === undefined ? '' : `: ${this.#trouble.degraded}`;
    return new FlowError('STORE_UNAVAILABLE', {
      message: `The store has not taken ${this.#buffer.size} rows of the history for ${seconds} s${why}`,
      metadata: { rows: this.#buffer.size },
    });
  }

  async #open(): Promise<void> {
    this.#sender.openedAs(await this.#store.open(this.#init), this.#buffer.underWay);
    this.#beatLater();
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = this.#clock.later(() => {
      this.#timer = undefined;
      this.#isDue = true;
      this.#write();
    }, this.#flushMs);
  }

  #writeSoon(): void {
    if (this.#soon !== undefined || this.#isWriting || this.#closed) return;
    this.#soon = this.#clock.later(() => {
      this.#soon = undefined;
      this.#write();
    }, 0);
  }

  /** What is asked for while it writes, is done before it ends. */
  #write(): void {
    if (this.#isWriting) return;
    this.#isWriting = true;
    void this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    await this.open();
    for (;;) {
      const flushes = this.#flushes.splice(0);
      const chunks = this.#take(flushes.length > 0);
      // Nobody can ask for more between this and the end.
      if (chunks.length === 0 && flushes.length === 0) break;
      try {
        for (const chunk of chunks) {
          await this.#sender.send(chunk);
          this.#buffer.stored(chunk);
        }
        for (const { resolve } of flushes) resolve();
      } catch (error) {
        // The sender tries again whatever may work: this is a bug, and nobody is to wait for it.
        this.#trouble.met(error);
        for (const { reject } of flushes) reject(error);
      }
    }
    this.#isWriting = false;
    void this.#retention.tidy();
  }

  #take(isFlushing: boolean): readonly RowChunk[] {
    const isDue = this.#isDue;
    this.#isDue = false;
    if (isFlushing) return this.#buffer.take(0);
    return isDue ? this.#buffer.take(this.#flushMs) : this.#buffer.takeFull();
  }

  #beatLater(): void {
    this.#beat?.cancel();
    if (this.#closed) return;
    this.#beat = this.#clock.later(() => {
      void this.#heartbeat()
        .catch((error: unknown) => {
          this.#watch.forget();
          this.#trouble.met(error);
        })
        .finally(() => {
          this.#beatLater();
          void this.#retention.tidy();
        });
    }, HEARTBEAT_MS);
  }

  /** False when the number of the runner is another's. */
  async #heartbeat(): Promise<boolean> {
    const { runner } = this.#sender;
    if (runner === undefined) return false;
    const answer: Heartbeat = await this.#store.heartbeat({ ...runner, instance: this.#init.instance });
    if (answer.epoch !== undefined) this.#sender.runner = { ...runner, epoch: answer.epoch };
    await this.#watch.look(answer.others, this.#clock.monotonicMs(), this.#clock.nowMs());
    return answer.epoch !== undefined;
  }
}
