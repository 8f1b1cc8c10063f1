import type { FlowStore, Runner, RunnerInit, WriteOutcome } from '../flow-store.js';
import { runIdOf } from '../run-id.js';
import type { AttemptRow, LineRow, MessageRow, RunRow, StoreBatch } from '../rows.js';

/** A time in 2023, on the hour. */
export const NOON_MS = 1_700_000 * 1_000_000 - ((1_700_000 * 1_000_000) % 3_600_000);

let instances = 0;

/** The rows of a batch. */
export type Rows = Omit<StoreBatch, 'runner' | 'epoch' | 'number'>;

/** Whoever writes into the store that is examined: one runner. */
export class Writer {
  readonly store: FlowStore;
  readonly init: RunnerInit;
  readonly runner: number;
  epoch: number;
  #batches = 0;
  #runs = 0;

  constructor(store: FlowStore, init: RunnerInit, { runner, epoch }: Runner) {
    this.store = store;
    this.init = init;
    this.runner = runner;
    this.epoch = epoch;
  }

  /** Opens a runner. */
  static async open(store: FlowStore): Promise<Writer> {
    instances += 1;
    const init = {
      instance: `instance-${instances}`,
      host: 'iceberg',
      bootId: 'boot',
      pid: 4_711,
      version: '1.0.0',
      startedMs: NOON_MS,
    };
    return new Writer(store, init, await store.open(init));
  }

  /** The number of the last batch. */
  get last(): number {
    return this.#batches;
  }

  async write(rows: Rows): Promise<WriteOutcome> {
    this.#batches += 1;
    return this.writeAs(this.#batches, rows);
  }

  async writeAs(number: number, rows: Rows): Promise<WriteOutcome> {
    const { runner, epoch } = this;
    return this.store.write({ runner, epoch, number, ...rows });
  }

  async beat(): ReturnType<FlowStore['heartbeat']> {
    const { runner, epoch, init } = this;
    return this.store.heartbeat({ runner, epoch, instance: init.instance });
  }

  /** A run that succeeded after 10 ms, a second after the one before. */
  aRun(change: Partial<RunRow> = {}): RunRow {
    this.#runs += 1;
    const startedMs = change.startedMs ?? NOON_MS + this.#runs * 1_000;
    return {
      runId: runIdOf(this.runner, this.#runs),
      flow: 'Orders',
      traceId: `trace-${this.runner}-${this.#runs}`,
      tenant: 'default',
      kind: 'emit',
      status: 'succeeded',
      startedMs,
      endedMs: startedMs + 10,
      attempts: 1,
      retries: 0,
      errorCode: undefined,
      errorNode: undefined,
      errorMessage: undefined,
      plan: undefined,
      parentRun: undefined,
      rootRun: undefined,
      replayOf: undefined,
      rowsLeftOut: 0,
      part: undefined,
      ...change,
    };
  }

  /** A run that is under way. */
  running(change: Partial<RunRow> = {}): RunRow {
    return this.aRun({ status: 'running', endedMs: undefined, ...change });
  }

  /** Runs that are written at once. */
  async some(count: number, change: (index: number) => Partial<RunRow> = () => ({})): Promise<RunRow[]> {
    const runs = Array.from({ length: count }, (_, index) => this.aRun(change(index)));
    await this.write({ runs });
    return runs;
  }
}

/** An attempt that succeeded. */
export function anAttempt({ runId, startedMs }: RunRow, change: Partial<AttemptRow> = {}): AttemptRow {
  return {
    runId,
    seq: 1,
    node: 'Price',
    attempt: 0,
    parentSeq: undefined,
    messageId: 'm1',
    sentMs: startedMs,
    startedMs: startedMs + 1,
    endedMs: startedMs + 5,
    outcome: 'succeeded',
    queuedIn: 0,
    errorCode: undefined,
    error: undefined,
    ...change,
  };
}

/** A message that came from outside. */
export function aMessage({ runId }: RunRow, change: Partial<MessageRow> = {}): MessageRow {
  return {
    runId,
    messageId: 'm1',
    from: undefined,
    node: 'Price',
    type: 'Order',
    deadlineMs: undefined,
    meta: undefined,
    preview: undefined,
    notKept: undefined,
    ...change,
  };
}

/** A line. */
export function aLine({ runId, startedMs }: RunRow, change: Partial<LineRow> = {}): LineRow {
  return {
    runId,
    seq: 1,
    atMs: startedMs + 2,
    level: 'info',
    logger: 'penguiflow.nodes.Price',
    message: 'priced',
    node: 'Price',
    fields: undefined,
    ...change,
  };
}
