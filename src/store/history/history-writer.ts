import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { FlowError, type FlowErrorCode, type FlowLog } from '../../index.js';
import type { FlowStore, Heartbeat, KeepPolicy, RunnerInit, SeenRunner } from '../flow-store.js';
import { BatchSender } from './batch-sender.js';
import type { RowBuffer } from './row-buffer.js';
import type { RowChunk } from './row-chunk.js';
import { RunnerWatch } from './runner-watch.js';
import { MACHINE_CLOCK, type WriterClock } from './writer-clock.js';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 30_000;
const HEARTBEAT_MS = 5_000;
const PRUNE_MS = 60_000;
/** Whoever waits for what is stored, or for the end, waits so long for a store that takes nothing. */
const PATIENCE_MS = 30_000;
/** Between two lines about the same trouble. */
const TELL_MS = 10_000;

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
  readonly #keep: KeepPolicy;
  readonly #init: RunnerInit;
  readonly #sender: BatchSender;
  readonly #watch: RunnerWatch;
  readonly #log: () => FlowLog | undefined;
  #opening: Promise<void> | undefined;
  #timer: { cancel(): void } | undefined;
  #soon: { cancel(): void } | undefined;
  #beat: { cancel(): void } | undefined;
  /** What has waited for long enough is to be stored, also where there is little of it. */
  #isDue = false;
  #isWriting = false;
  #isTidying = false;
  #isOpen = false;
  /** Why the store did not open the last time. */
  #openFailure: unknown;
  #onOpenFailure: ((error: unknown) => void)[] = [];
  /** Those who wait until all that waits now is stored. */
  readonly #flushes: { resolve(): void; reject(error: unknown): void }[] = [];
  #nextPruneMs = 0;
  #degraded: string | undefined;
  #toldMs = Number.NEGATIVE_INFINITY;
  #closed = false;

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
    this.#keep = settings.keep;
    this.#log = log;
    this.#init = {
      instance: randomUUID(),
      host: hostname(),
      bootId: bootId(),
      pid: process.pid,
      version,
      startedMs: clock.nowMs(),
    };
    this.#sender = new BatchSender(store, {
      untilItWorks: (run) => this.#untilItWorks('write', run),
      renew: async () => {
        if (!(await this.#heartbeat())) await this.#open();
      },
      refused: (error) => this.#tell('history_row_refused', error),
    });
    this.#watch = new RunnerWatch(store, this.#init, log);
    buffer.onFilled = () => this.#schedule();
    buffer.onFull = () => this.#writeSoon();
  }

  get state(): WriterState {
    return {
      degraded: this.#degraded,
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
    this.#opening ??= this.#untilItWorks('open', () => this.#open());
    return this.#opening;
  }

  /**
   * Resolves when the store is up, for somebody who wants to read; rejects when it fails to open.
   * @throws what `open` of the store throws
   */
  async opened(): Promise<void> {
    if (this.#isOpen) return;
    await this.#waitingFor(
      Promise.race([
        this.open(),
        new Promise<never>((_resolve, reject) => {
          if (this.#openFailure === undefined) this.#onOpenFailure.push(reject);
          else reject(this.#openFailure);
        }),
      ]),
    );
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
    if (this.#opening === undefined) return;
    try {
      await this.#flushed();
    } catch (error) {
      this.#log()?.write('error', 'history_lost', { rows: this.#buffer.size, error }, {});
      throw error;
    } finally {
      if (this.#isOpen) await this.#waitingFor(this.#store.close(this.#clock.nowMs()));
    }
  }

  async #flushed(): Promise<void> {
    let timer: { cancel(): void } | undefined;
    try {
      await this.#waitingFor(
        new Promise<void>((resolve, reject) => {
          timer = this.#clock.later(() => reject(this.#unavailable()), PATIENCE_MS);
          this.#flushes.push({ resolve, reject });
          // What will not go away is said at once.
          if (!this.#isOpen) void this.opened().catch((error: unknown) => isForGood(error) && reject(error));
          this.#write();
        }),
      );
    } finally {
      timer?.cancel();
    }
  }

  /** Keeps the process up for somebody who waits. */
  async #waitingFor<Result>(promise: Promise<Result>): Promise<Result> {
    const hold = this.#clock.hold();
    try {
      return await promise;
    } finally {
      hold.cancel();
    }
  }

  #unavailable(): FlowError {
    const seconds = PATIENCE_MS / 1_000;
    const why = this.#degraded === undefined ? '' : `: ${this.#degraded}`;
    return new FlowError('STORE_UNAVAILABLE', {
      message: `The store has not taken ${this.#buffer.size} rows of the history for ${seconds} s${why}`,
      metadata: { rows: this.#buffer.size },
    });
  }

  async #open(): Promise<void> {
    try {
      this.#sender.openedAs(await this.#store.open(this.#init), this.#buffer.underWay);
    } catch (error) {
      this.#openFailure = error;
      for (const reject of this.#onOpenFailure.splice(0)) reject(error);
      throw error;
    }
    this.#isOpen = true;
    this.#openFailure = undefined;
    this.#onOpenFailure = [];
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
        this.#trouble(error);
        for (const { reject } of flushes) reject(error);
      }
    }
    this.#isWriting = false;
    void this.#tidy();
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
          this.#trouble(error);
        })
        .finally(() => {
          this.#beatLater();
          void this.#tidy();
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

  /** Deletes what is too old or too much, now and then and step by step; nobody waits for it. */
  async #tidy(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (this.#isTidying || nowMs < this.#nextPruneMs || Object.keys(this.#keep).length === 0) return;
    this.#nextPruneMs = nowMs + PRUNE_MS;
    this.#isTidying = true;
    try {
      for (let more = true; more && !this.#closed;) {
        ({ more } = await this.#store.prune({ keep: this.#keep, nowMs: this.#clock.nowMs() }));
      }
    } catch (error) {
      this.#tell('history_degraded', error);
    } finally {
      this.#isTidying = false;
    }
  }

  /** Tries for ever, later and later, unless the store refuses a row. */
  async #untilItWorks(what: string, run: () => Promise<void>): Promise<void> {
    for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
      try {
        await run();
        if (this.#degraded !== undefined) this.#log()?.write('info', 'history_recovered', { what }, {});
        this.#degraded = undefined;
        return;
      } catch (error) {
        if (FlowError.is(error, 'STORE_ROW_REFUSED')) throw error;
        this.#trouble(error);
        await this.#pause(waitMs);
      }
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#clock.later(resolve, ms);
    });
  }

  #trouble(error: unknown): void {
    this.#degraded = error instanceof Error ? error.message : String(error);
    this.#tell('history_degraded', error);
  }

  #tell(event: string, error: unknown): void {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#toldMs < TELL_MS) return;
    this.#toldMs = nowMs;
    this.#log()?.write('error', event, { error }, {});
  }
}

/** What only another program, or another place, mends. */
const FOR_GOOD: readonly FlowErrorCode[] = [
  ...(['STORE_DRIVER_MISSING', 'STORE_DRIVER_MIXED', 'STORE_WORKER_MISSING', 'STORE_FILE_UNSUPPORTED'] as const),
  ...(['STORE_SCHEMA_UNSUPPORTED', 'INVALID_OPTION'] as const),
];

function isForGood(error: unknown): boolean {
  return FlowError.is(error) && FOR_GOOD.includes(error.code);
}

/** Of the system and of the name space of pids in it, so that a pid means the same thing. */
function bootId(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}
