import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { FlowError, type FlowLog } from '../../index.js';
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
  #writing: Promise<void> | undefined;
  #timer: { cancel(): void } | undefined;
  #soon: { cancel(): void } | undefined;
  #beat: { cancel(): void } | undefined;
  /** What has waited for long enough is to be stored, also where there is little of it. */
  #isDue = false;
  /** Somebody waits for all that happens. */
  #isFlushing = false;
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

  /** Resolves when all that waits now is stored. */
  async flush(): Promise<void> {
    await this.open();
    this.#isFlushing = true;
    // What is on its way was taken before; what comes later is not waited for.
    await this.#writing;
    do await this.#write();
    while (this.#isFlushing);
  }

  /** Stores what waits and ends the runner. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    this.#soon?.cancel();
    this.#beat?.cancel();
    if (this.#opening === undefined) return;
    await this.flush();
    await this.#store.close(this.#clock.nowMs());
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
      void this.#write().catch(() => {});
    }, this.#flushMs);
  }

  #writeSoon(): void {
    if (this.#soon !== undefined || this.#writing !== undefined || this.#closed) return;
    this.#soon = this.#clock.later(() => {
      this.#soon = undefined;
      void this.#write().catch(() => {});
    }, 0);
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    await this.open();
    for (let chunks = this.#take(); chunks.length > 0; chunks = this.#take()) {
      for (const chunk of chunks) {
        await this.#sender.send(chunk);
        this.#buffer.stored(chunk);
      }
    }
    await this.#pruneNow();
  }

  #take(): readonly RowChunk[] {
    if (!this.#isDue && !this.#isFlushing) return this.#buffer.takeFull();
    const chunks = this.#buffer.take(this.#isFlushing ? 0 : this.#flushMs);
    this.#isDue = this.#isFlushing = false;
    return chunks;
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
        .finally(() => this.#beatLater());
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

  async #pruneNow(): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs < this.#nextPruneMs || Object.keys(this.#keep).length === 0) return;
    this.#nextPruneMs = nowMs + PRUNE_MS;
    for (let more = true; more;) {
      ({ more } = await this.#store.prune({ keep: this.#keep, nowMs: this.#clock.nowMs() }));
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

/** Of the system and of the name space of pids in it, so that a pid means the same thing. */
function bootId(): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return undefined;
  }
}
