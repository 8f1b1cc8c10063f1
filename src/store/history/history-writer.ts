import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { FlowError, type FlowLog } from '../../index.js';
import type { FlowStore, Heartbeat, KeepPolicy, Runner, RunnerInit } from '../flow-store.js';
import { BatchMaker, type BatchRows } from './batch-maker.js';
import type { RowBuffer } from './row-buffer.js';
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

/** Stores what waits in a buffer, however long the store is away, and keeps the store tidy. */
export class HistoryWriter {
  readonly #store: FlowStore;
  readonly #buffer: RowBuffer;
  readonly #clock: WriterClock;
  readonly #flushMs: number;
  readonly #keep: KeepPolicy;
  readonly #init: RunnerInit;
  readonly #maker: BatchMaker;
  readonly #watch: RunnerWatch;
  readonly #log: () => FlowLog | undefined;
  #runner: Runner | undefined;
  #opening: Promise<void> | undefined;
  #writing: Promise<void> | undefined;
  #timer: { cancel(): void } | undefined;
  #beat: { cancel(): void } | undefined;
  #number = 0;
  #nextPruneMs = 0;
  #degraded: string | undefined;
  #toldMs = Number.NEGATIVE_INFINITY;
  #batches = 0;
  #rejectedRows = 0;
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
    this.#maker = new BatchMaker(buffer);
    this.#watch = new RunnerWatch(store, this.#init, log);
    buffer.onFilled = () => this.#schedule();
  }

  get state(): WriterState {
    return {
      degraded: this.#degraded,
      batches: this.#batches,
      rejectedRows: this.#rejectedRows,
      interrupted: this.#watch.interrupted,
    };
  }

  /** Brings the store up, which may take as long as it likes. */
  open(): Promise<void> {
    this.#opening ??= this.#untilItWorks('open', () => this.#open());
    return this.#opening;
  }

  /** Resolves when all that waits now is stored. */
  async flush(): Promise<void> {
    await this.open();
    while (!this.#buffer.isEmpty || this.#writing !== undefined) await this.#write();
  }

  /** Stores what waits and ends the runner. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    this.#beat?.cancel();
    if (this.#opening === undefined) return;
    await this.flush();
    await this.#store.close(this.#clock.nowMs());
  }

  async #open(): Promise<void> {
    this.#runner = await this.#store.open(this.#init);
    this.#number = 0;
    this.#maker.openedAs(this.#runner.runner);
    this.#beatLater();
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#closed) return;
    this.#timer = this.#clock.later(() => {
      this.#timer = undefined;
      void this.#write().catch(() => {});
    }, this.#flushMs);
  }

  #write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    await this.open();
    if (this.#buffer.isEmpty) return;
    const { runner } = this.#runner as Runner;
    for (const batch of this.#maker.make()) await this.#storeAll(batch, runner);
    this.#buffer.settled();
    if (!this.#buffer.isEmpty) this.#schedule();
    await this.#pruneNow();
  }

  /**
   * A batch with all its rows but those that no store takes.
   * @param madeAs - the number it was made under
   */
  async #storeAll(batch: BatchRows, madeAs: number): Promise<void> {
    try {
      await this.#untilItWorks('write', () => this.#send(batch, madeAs));
    } catch (error) {
      const { table } = (error as FlowError).metadata;
      const halves = halvesOf(batch, table as keyof BatchRows | undefined);
      if (halves === undefined) {
        this.#rejectedRows++;
        this.#tell('history_row_refused', error);
        return;
      }
      for (const half of halves) await this.#storeAll(half, madeAs);
    }
  }

  async #send(batch: BatchRows, madeAs: number): Promise<void> {
    for (;;) {
      const { runner, epoch } = this.#runner as Runner;
      // Also of a batch that was made before, and is only sent now.
      const rows = runner === madeAs ? batch : this.#maker.rebased(batch, madeAs);
      const outcome = await this.#store.write({ ...rows, runner, epoch, number: this.#number + 1 });
      if (outcome !== 'claimed') break;
      // The number is another's now, or the store is another.
      if (!(await this.#heartbeat())) await this.#open();
    }
    this.#number++;
    this.#batches++;
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
    const runner = this.#runner;
    if (runner === undefined) return false;
    const answer: Heartbeat = await this.#store.heartbeat({ ...runner, instance: this.#init.instance });
    if (answer.epoch !== undefined) this.#runner = { ...runner, epoch: answer.epoch };
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

/** Parts of a batch, the table of the refused row last, but runs before their rows; undefined when there is only one row left in it. */
function halvesOf(batch: BatchRows, table: keyof BatchRows | undefined): readonly BatchRows[] | undefined {
  if (table === undefined || batch[table] === undefined) return undefined;
  const { [table]: rows, ...rest } = batch;
  const others = Object.keys(rest).length === 0 ? [] : [rest];
  const list = rows as readonly never[];
  if (list.length === 1 && others.length === 0) return undefined;
  const middle = Math.ceil(list.length / 2);
  const own = [list.slice(0, middle), list.slice(middle)].filter((part) => part.length > 0);
  const parts = own.map((part) => ({ [table]: part }));
  return table === 'runs' ? [...parts, ...others] : [...others, ...parts];
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
