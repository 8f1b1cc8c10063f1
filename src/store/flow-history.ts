import type { FlowLog, FlowPlan, FlowRecorder, FlowRecording, PenguiFlow, RecordedFlow } from '../index.js';
import { checkForget, checkPin } from './check-query.js';
import type { FlowStore, ForgetRequest } from './flow-store.js';
import { onIdleProcess } from './history/exit-flush.js';
import { checkStore } from './history/check-store.js';
import type { HistoryFigures, HistoryStats } from './history/history-stats.js';
import { FlowRecordings } from './history/flow-recordings.js';
import {
  readHistoryOptions,
  type FlowHistoryOptions,
  type HistoryFacts,
  type HistorySettings,
} from './history/history-options.js';
import { HistoryWriter } from './history/history-writer.js';
import { readPayload, type KeptPayload } from './history/payload-reader.js';
import type { ReplayPlan } from './history/replay-plan.js';
import {
  Replays,
  type ReplayAllOptions,
  type ReplayAnswer,
  type Replayed,
  type ReplayFlow,
  type ReplayOptions,
} from './history/replays.js';
import { RowBuffer } from './history/row-buffer.js';
import { RunLines } from './history/run-lines.js';
import { previewOf } from './history/text-of.js';
import { checkKnown, invalidStoreOption } from './store-options.js';
import { LINE_LEVELS, type LineTransport } from './line-transport.js';
import { VERSION } from './version.js';
import type { LinePage, LineQuery, RunDetail, RunPage, RunQuery, RunRef, StatsQuery } from './queries.js';

/** A flow that was made with the history. */
interface AttachedFlow extends ReplayFlow {
  handle: PenguiFlow | undefined;
}

/**
 * Keeps what flows do: their runs, attempts, messages and lines, in a store; finds them and does them again.
 *
 * Previews, errors and lines are redacted; **stored payloads are the real data**.
 *
 * Recording never waits for the store and fails no run. A store that is slower than the flow is told of whole runs less, which are counted.
 *
 * @throws FlowError `INVALID_OPTION`
 * @example
 * ```ts
 * const history = new FlowHistory(memoryStore(), { payloads: 'failed', keep: { successS: 86_400 } });
 * await using flow = createFlow(Orders, { history });
 * const { runs } = await history.list({ status: 'failed', label: { name: 'order', value: '4711' } });
 * await history.replay({ runId: runs[0].runId });
 * ```
 */
export class FlowHistory implements FlowRecorder, AsyncDisposable {
  readonly #store: FlowStore;
  readonly #settings: HistorySettings;
  readonly #buffer: RowBuffer;
  readonly #writer: HistoryWriter;
  readonly #replays: Replays;
  readonly #flows = new Map<string, AttachedFlow>();
  readonly #lines = new RunLines();
  readonly #recordings: FlowRecordings;
  readonly #endExitFlush: () => void;
  #log: FlowLog | undefined;

  constructor(store: FlowStore, options: FlowHistoryOptions = {}) {
    checkStore(store);
    this.#store = store;
    this.#settings = readHistoryOptions(options);
    this.#buffer = new RowBuffer(this.#settings.bufferRows, this.#settings.payloadBytes);
    this.#writer = new HistoryWriter(store, this.#buffer, this.#settings, VERSION, () => this.#log);
    this.#recordings = new FlowRecordings(this.#buffer, this.#settings, this.#lines, () => this.#log);
    this.#endExitFlush = onIdleProcess(() => void this.#writer.flushBeforeExit());
    this.#replays = new Replays({
      store,
      flowOf: (name) => this.#flows.get(name),
      payload: (runId, messageId) => this.payload(runId, messageId),
    });
  }

  /** What `createFlow({ history })` calls. */
  record({ plan, clock, log }: RecordedFlow): FlowRecording {
    this.#log ??= log;
    const attached: AttachedFlow = { plan, handle: undefined };
    void this.#writer.open();
    return {
      tracer: this.#recordings.tracerOf(plan, clock),
      opened: (handle) => {
        attached.handle = handle;
        this.#flows.set(plan.flowName, attached);
      },
      skipped: (runId, nodeName, deadlineS) => this.#recordings.skipped(runId, nodeName, deadlineS),
      flush: () => this.flush(),
      closed: () => {
        if (this.#flows.get(plan.flowName) === attached) this.#flows.delete(plan.flowName);
      },
    };
  }

  /**
   * Runs, newest first.
   *
   * @throws FlowError `INVALID_OPTION`
   * @example
   * ```ts
   * const { runs, cursor } = await history.list({ flow: 'Orders', status: 'failed', limit: 20 });
   * ```
   */
  async list(query?: RunQuery): Promise<RunPage> {
    await this.#writer.opened();
    return this.#store.list(query);
  }

  /**
   * A run with all that is known of it; undefined when there is none.
   *
   * @example
   * ```ts
   * const detail = await history.run({ traceId: 'order-4711', tenant: 'acme' });
   * ```
   */
  async run(ref: RunRef): Promise<RunDetail | undefined> {
    await this.#writer.opened();
    return this.#store.run(ref);
  }

  /**
   * Lines of a run, in order.
   *
   * @throws FlowError `INVALID_OPTION`
   * @example
   * ```ts
   * const { lines } = await history.logs({ runId: run.runId, limit: 200 });
   * ```
   */
  async logs(query: LineQuery): Promise<LinePage> {
    await this.#writer.opened();
    return this.#store.logs(query);
  }

  /**
   * A message as it was when it was kept; undefined when its payload was not. It is the real data, not redacted.
   *
   * @throws FlowError `PAYLOAD_UNREADABLE`
   * @example
   * ```ts
   * const kept = await history.payload(run.runId, attempt.messageId);
   * ```
   */
  async payload(runId: number, messageId: string): Promise<KeptPayload | undefined> {
    await this.#writer.opened();
    const planOf = (flow: string): FlowPlan | undefined => this.#flows.get(flow)?.plan;
    return readPayload(this.#store, this.#settings.seal, planOf, runId, messageId);
  }

  /**
   * A redacted look at a message, as JSON of `maxBytes` at most; undefined when its payload is not kept. What was cut ends
   * in `…`.
   *
   * @param maxBytes - @defaultValue 2,048
   * @example
   * ```ts
   * const look = await history.preview(run.runId, attempt.messageId, 8_192);
   * ```
   */
  async preview(runId: number, messageId: string, maxBytes = 2_048): Promise<string | undefined> {
    const kept = await this.payload(runId, messageId);
    const bytes = kept === undefined ? undefined : previewOf(kept.payload, this.#settings.redact, maxBytes);
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
  }

  /** How it is set up and stands just now, without asking the store. */
  get facts(): HistoryFacts {
    const { redact: _redact, seal, ...rest } = this.#settings;
    const { degraded } = this.#writer.state;
    return { settings: { ...rest, isSealed: seal !== undefined }, runners: this.#writer.runners, degraded };
  }

  /**
   * What a replay would do, and why it would not. Given a `payload`, that of a replay with it.
   *
   * @throws FlowError `RUN_NOT_FOUND`; `NOT_RUNNING` when no flow of that name was made with this history
   * @example
   * ```ts
   * const { nodes, reasons } = await history.planReplay({ runId: run.runId });
   * ```
   */
  async planReplay(ref: RunRef, options: Pick<ReplayOptions, 'from' | 'payload'> = {}): Promise<ReplayPlan> {
    await this.flush();
    return this.#replays.plan(ref, options);
  }

  /**
   * Does a run again, as a new run with a fresh trace id, the tenant and the labels of the old one, and the idempotency keys of its
   * messages. All behind the node runs for real. Resolves when it is over, however it ends.
   *
   * @throws FlowError `RUN_NOT_FOUND`, `REPLAY_REFUSED`, `NOT_RUNNING`, `INVALID_OPTION`
   * @example
   * ```ts
   * const { status } = await history.replay({ runId: run.runId }, { from: 'start', timeoutS: 60 });
   * ```
   */
  async replay(ref: RunRef, options: ReplayOptions = {}): Promise<Replayed> {
    await this.flush();
    return this.#replays.replay(ref, options);
  }

  /**
   * Does many runs again, oldest first and one after the other; gives an answer for each, also where it was refused.
   *
   * @throws FlowError `INVALID_OPTION`
   * @example
   * ```ts
   * for await (const { run, replayed } of history.replayAll({ status: 'failed', code: 'DEPENDENCY_TIMEOUT' })) {
   *   console.log(run.traceId, replayed?.status);
   * }
   * ```
   */
  async *replayAll(query: RunQuery, options: ReplayAllOptions = {}): AsyncGenerator<ReplayAnswer> {
    await this.flush();
    yield* this.#replays.replayAll(query, options);
  }

  /**
   * A winston transport that keeps the lines of runs, redacted as they come: for `transports` of `configureLogging`, or a logger of your
   * own. Lines that belong to no recorded run go by.
   *
   * @param options - `level`: the lowest that is kept (`warn`)
   * @throws FlowError `INVALID_OPTION`
   * @example
   * ```ts
   * configureLogging({ transports: [history.logTransport()] });
   * ```
   */
  logTransport(options: { readonly level?: 'error' | 'warn' | 'info' | 'debug' } = {}): LineTransport {
    checkKnown(options, ['level'], 'logTransport');
    const { level = 'warn' } = options;
    if (!LINE_LEVELS.includes(level)) throw invalidStoreOption('level', 'logTransport', LINE_LEVELS.join(', '), level);
    return this.#lines.transport(level);
  }

  /** Deletes the runs of a trace id, or of a tenant, with all that is kept of them; resolves with how many. */
  async forget(request: ForgetRequest): Promise<number> {
    checkForget(request);
    await this.flush();
    return this.#store.forget(request);
  }

  /** Keeps a run from being deleted, or no longer; resolves with whether it is there. */
  async pin(runId: number, pinned: boolean): Promise<boolean> {
    checkPin(runId, pinned);
    await this.flush();
    return this.#store.pin(runId, pinned);
  }

  /**
   * Resolves when all that has happened is stored; what happens meanwhile is not waited for.
   *
   * @throws FlowError `STORE_UNAVAILABLE` when the store takes nothing for 30 s; it goes on waiting
   */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  async stats(query?: StatsQuery): Promise<HistoryStats> {
    await this.#writer.opened();
    const stored = await this.#store.stats(query);
    return { ...stored, ...this.#buffer.counts, ...this.#writer.state, waitingRows: this.#buffer.size };
  }

  /** How it is just now, without asking the store; for `metrics.observeHistory(history)`. */
  figures(): HistoryFigures {
    const { shedTraces, rowsLeftOut } = this.#buffer.counts;
    const { rejectedRows, degraded } = this.#writer.state;
    return {
      shedTraces,
      rowsLeftOut,
      rejectedRows,
      waitingRows: this.#buffer.size,
      degraded: degraded === undefined ? 0 : 1,
    };
  }

  /**
   * Stores what waits, and lets go of the store. The flows have stopped by then: what they do later is not recorded, and a run under way
   * is interrupted.
   *
   * @throws FlowError `STORE_UNAVAILABLE` when the store takes nothing for 30 s: what waits is lost then, and `history_lost` says how much
   */
  close(): Promise<void> {
    this.#endExitFlush();
    this.#recordings.close();
    return this.#writer.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
