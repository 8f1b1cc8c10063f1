import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { FlowError, type FlowLog } from '../../index.js';
import type { DeadRunner, FlowStore, Heartbeat, KeepPolicy, Runner, RunnerInit, SeenRunner } from '../flow-store.js';
import type { StoreBatch, StoredRun } from '../rows.js';
import { BatchMaker } from './batch-maker.js';
import type { RowBuffer } from './row-buffer.js';

const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 30_000;
const HEARTBEAT_MS = 5_000;
/** Without a heartbeat for so long, as this process has seen it, a runner is dead. */
const DEAD_AFTER_MS = 20_000;
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

/** Time as the writer sees it. */
export interface WriterClock {
  nowMs(): number;
  monotonicMs(): number;
  /** Does not keep the process up. */
  later(callback: () => void, ms: number): { cancel(): void };
}

/** The clock of the machine. */
export const MACHINE_CLOCK: WriterClock = {
  nowMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  later: (callback, ms) => {
    const timer = setTimeout(callback, ms);
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** Stores what waits in a buffer, however long the store is away, and keeps the store tidy. */
export class HistoryWriter {
  readonly #store: FlowStore;
  readonly #buffer: RowBuffer;
  readonly #clock: WriterClock;
  readonly #flushMs: number;
  readonly #keep: KeepPolicy;
  readonly #init: RunnerInit;
  readonly #maker: BatchMaker;
  readonly #log: () => FlowLog | undefined;
  #runner: Runner | undefined;
  #opening: Promise<void> | undefined;
  #writing: Promise<void> | undefined;
  #timer: { cancel(): void } | undefined;
  #beat: { cancel(): void } | undefined;
  #seen = new Map<number, { readonly runner: SeenRunner; readonly sinceMs: number }>();
  #number = 0;
  #nextPruneMs = 0;
  #degraded: string | undefined;
  #toldMs = Number.NEGATIVE_INFINITY;
  #batches = 0;
  #rejectedRows = 0;
  #interrupted = 0;
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
    buffer.onFilled = () => this.#schedule();
  }

  get state(): WriterState {
    return {
      degraded: this.#degraded,
      batches: this.#batches,
      rejectedRows: this.#rejectedRows,
      interrupted: this.#interrupted,
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
    const made = this.#maker.make();
    await this.#storeAll(made);
    this.#buffer.settled();
    if (!this.#buffer.isEmpty) this.#schedule();
    await this.#pruneNow();
  }

  /** A batch with all its rows but those that no store takes. */
  async #storeAll(batch: Omit<StoreBatch, 'runner' | 'epoch' | 'number'>): Promise<void> {
    try {
      await this.#untilItWorks('write', () => this.#send(batch));
    } catch (error) {
      const { table } = (error as FlowError).metadata;
      const halves = halvesOf(batch, table as keyof typeof batch);
      if (halves === undefined) {
        this.#rejectedRows++;
        this.#tell('history_row_refused', error);
        return;
      }
      for (const half of halves) await this.#storeAll(half);
    }
  }

  async #send(batch: Omit<StoreBatch, 'runner' | 'epoch' | 'number'>): Promise<void> {
    for (;;) {
      const { runner, epoch } = this.#runner as Runner;
      const outcome = await this.#store.write({ ...batch, runner, epoch, number: this.#number + 1 });
      if (outcome !== 'claimed') break;
      if (!(await this.#heartbeat())) {
        await this.#open();
        // The rows have the ids of the runner before: they are told again, as far as they are known.
        this.#maker.retell();
        return;
      }
    }
    this.#number++;
    this.#batches++;
  }

  #beatLater(): void {
    this.#beat?.cancel();
    if (this.#closed) return;
    this.#beat = this.#clock.later(() => {
      void this.#heartbeat()
        .catch((error: unknown) => this.#trouble(error))
        .finally(() => this.#beatLater());
    }, HEARTBEAT_MS);
  }

  /** False when the number of the runner is another's. */
  async #heartbeat(): Promise<boolean> {
    const runner = this.#runner;
    if (runner === undefined) return false;
    const answer: Heartbeat = await this.#store.heartbeat({ ...runner, instance: this.#init.instance });
    if (answer.epoch !== undefined) this.#runner = { ...runner, epoch: answer.epoch };
    await this.#watch(answer.others);
    return answer.epoch !== undefined;
  }

  /** Ends the runs of those that have been still for long. */
  async #watch(others: readonly SeenRunner[]): Promise<void> {
    const nowMs = this.#clock.monotonicMs();
    const seen = new Map<number, { readonly runner: SeenRunner; readonly sinceMs: number }>();
    const dead: DeadRunner[] = [];
    for (const other of others) {
      const before = this.#seen.get(other.runner);
      const isStill =
        before !== undefined && before.runner.beat === other.beat && before.runner.instance === other.instance;
      const sinceMs = isStill ? before.sinceMs : nowMs;
      seen.set(other.runner, { runner: other, sinceMs });
      if (nowMs - sinceMs < DEAD_AFTER_MS && !this.#hasGone(other)) continue;
      dead.push({ runner: other.runner, epoch: other.epoch, beat: other.beat });
    }
    this.#seen = seen;
    if (dead.length === 0) return;
    const { interrupted, runs } = await this.#store.claimDead(dead, this.#clock.nowMs());
    this.#interrupted += interrupted;
    for (const run of runs) this.#tellInterrupted(run);
    const rest = interrupted - runs.length;
    if (rest > 0) this.#log()?.write('warn', 'trace_interrupted', { runs: rest }, {});
  }

  /** The pid says something only where it is of the same system, and seen from the same place. */
  #hasGone({ host, bootId: boot, pid }: SeenRunner): boolean {
    if (boot === undefined || boot !== this.#init.bootId || host !== this.#init.host || pid === process.pid)
      return false;
    try {
      process.kill(pid, 0);
      return false;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'ESRCH';
    }
  }

  #tellInterrupted({ flow, traceId, tenant, runId, startedMs }: StoredRun): void {
    const reserved = { flow_name: flow, trace_id: traceId, tenant };
    this.#log()?.write('warn', 'trace_interrupted', { run_id: runId, started_ms: startedMs }, reserved);
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
        await new Promise<void>((resolve) => this.#clock.later(resolve, waitMs));
      }
    }
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

/** Two parts of a batch, the table of the refused row last; undefined when there is only one row left in it. */
function halvesOf(
  batch: Omit<StoreBatch, 'runner' | 'epoch' | 'number'>,
  table: keyof typeof batch | undefined,
): readonly (typeof batch)[] | undefined {
  if (table === undefined || batch[table] === undefined) return undefined;
  const { [table]: rows, ...rest } = batch;
  const others = Object.keys(rest).length === 0 ? [] : [rest];
  const list = rows as readonly never[];
  if (list.length === 1) return others.length === 0 ? undefined : [...others, { [table]: list }];
  const middle = Math.ceil(list.length / 2);
  return [...others, { [table]: list.slice(0, middle) }, { [table]: list.slice(middle) }];
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
