import {
  FlowError,
  type Clock,
  type FlowLog,
  type FlowPlan,
  type FlowRecorder,
  type FlowRecording,
  type FlowTracer,
  type InjectedRun,
  type PenguiFlow,
  type RecordedFlow,
  type TraceStart,
} from '../index.js';
import type { FlowStore, ForgetRequest } from './flow-store.js';
import { readHistoryOptions, type FlowHistoryOptions, type HistorySettings } from './history/history-options.js';
import { HistoryWriter, type WriterState } from './history/history-writer.js';
import { decodePayload } from './history/payload-codec.js';
import { classesOf, keptPlan, planHash } from './history/plan-json.js';
import { RecordedRun, type KeptMessage, type RunSource } from './history/recorded-run.js';
import { mustBePossible, planOf, type ReplayFrom, type ReplayPlan } from './history/replay-plan.js';
import { RowBuffer, type BufferCounts } from './history/row-buffer.js';
import type { LinePage, LineQuery, RunDetail, RunPage, RunQuery, RunRef, StatsQuery, StoreStats } from './queries.js';
import type { StoredRun } from './rows.js';

/** What is counted of a history, beside its store. */
export interface HistoryStats extends StoreStats, BufferCounts, WriterState {
  /** Rows that wait to be stored. */
  readonly waitingRows: number;
}

/** How a run is done again. */
export interface ReplayOptions {
  /**
   * `start`: what came in; `failed`: what the node failed on, at that node; or the message of an attempt, by its `seq`.
   * @defaultValue 'failed' for a run that failed, else 'start'
   */
  readonly from?: ReplayFrom;
  /** In spite of nodes that are not replayable, and of joins that stay incomplete. @defaultValue false */
  readonly force?: boolean;
  /** Time for the replay, in seconds. The deadline of the run does not count any more. @defaultValue none */
  readonly timeoutS?: number;
  /** Cancels it when it aborts. */
  readonly signal?: AbortSignal;
  /** Takes the place of the payload; only where one message is put in. The node validates it. */
  readonly payload?: unknown;
}

/** How a replay ended. */
export interface Replayed {
  readonly replayOf: number;
  readonly runs: readonly InjectedRun<unknown>[];
  /** That of the first run that did not succeed, else `succeeded`. */
  readonly status: InjectedRun<unknown>['status'];
}

/** A message as it was kept. */
export interface KeptPayload extends KeptMessage {
  readonly runId: number;
  readonly messageId: string;
}

/** A handle that is to do runs again. */
interface AttachedFlow {
  readonly plan: FlowPlan;
  handle: PenguiFlow<never> | undefined;
}

const OWNER = 'FlowHistory';
const VERSION = '0.1.0';

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
  readonly #flows = new Map<string, AttachedFlow>();
  /** Runs under way, by the number that the process knows them by. */
  readonly #open = new Map<number, RecordedRun>();
  readonly #plans = new Set<string>();
  #log: FlowLog | undefined;
  #runs = 0;
  #shedToldMs = Number.NEGATIVE_INFINITY;

  constructor(store: FlowStore, options: FlowHistoryOptions = {}) {
    this.#store = store;
    this.#settings = readHistoryOptions(options);
    this.#buffer = new RowBuffer(this.#settings.bufferRows, this.#settings.payloadBytes);
    this.#writer = new HistoryWriter(store, this.#buffer, this.#settings, VERSION, () => this.#log);
  }

  /** What `createFlow({ history })` calls. */
  record({ plan, clock, log }: RecordedFlow): FlowRecording {
    this.#log ??= log;
    const attached: AttachedFlow = { plan, handle: undefined };
    const source = this.#sourceOf(plan, clock);
    void this.#writer.open();
    return {
      tracer: this.#tracerOf(source, clock),
      opened: (handle) => {
        attached.handle = handle;
        this.#flows.set(plan.flowName, attached);
      },
      flush: () => this.flush(),
      closed: () => {
        if (this.#flows.get(plan.flowName) === attached) this.#flows.delete(plan.flowName);
      },
    };
  }

  /** Runs, newest first. */
  async list(query?: RunQuery): Promise<RunPage> {
    await this.#writer.open();
    return this.#store.list(query);
  }

  /** A run with all that is known of it; undefined when there is none. */
  async run(ref: RunRef): Promise<RunDetail | undefined> {
    await this.#writer.open();
    return this.#store.run(ref);
  }

  /** Lines of a run, in order. */
  async logs(query: LineQuery): Promise<LinePage> {
    await this.#writer.open();
    return this.#store.logs(query);
  }

  /**
   * A message as it was when it was kept; undefined when its payload was not. It is the real data, not redacted.
   */
  async payload(runId: number, messageId: string): Promise<KeptPayload | undefined> {
    await this.#writer.open();
    const row = await this.#store.payload(runId, messageId);
    if (row === undefined) return undefined;
    const { seal } = this.#settings;
    const bytes = seal === undefined ? row.bytes : seal.open(row.bytes);
    const detail = await this.#store.run({ runId });
    const flow = detail === undefined ? undefined : this.#flows.get(detail.run.flow);
    const classes = flow === undefined ? new Map<string, never>() : classesOf(flow.plan);
    return { runId, messageId, ...(decodePayload(bytes, classes) as KeptMessage) };
  }

  /**
   * What a replay would do, and why it would not.
   *
   * @throws FlowError `RUN_NOT_FOUND`; `NOT_RUNNING` when no flow of that name was made with this history
   */
  async planReplay(ref: RunRef, options: Pick<ReplayOptions, 'from'> = {}): Promise<ReplayPlan> {
    const { detail, flow } = await this.#found(ref);
    return this.#planOf(detail, flow.plan, options.from);
  }

  /**
   * Does a run again, as a new run with a fresh trace id, the tenant and the labels of the old one, and the idempotency keys of its
   * messages. All behind the node runs for real. Resolves when it is over, however it ends.
   *
   * @throws FlowError `RUN_NOT_FOUND`, `REPLAY_REFUSED`, `NOT_RUNNING`, `INVALID_OPTION`
   */
  async replay(ref: RunRef, options: ReplayOptions = {}): Promise<Replayed> {
    const { detail, flow } = await this.#found(ref);
    const plan = await this.#planOf(detail, flow.plan, options.from);
    mustBePossible(plan, options.force === true);
    const { run, labels } = detail;
    const { timeoutS, signal } = options;
    const edited = Object.hasOwn(options, 'payload');
    if (edited && plan.messages.length !== 1) {
      throw new FlowError('INVALID_OPTION', {
        message: `Expected \`payload\` of replay() to be given for one message, got it for ${plan.messages.length}`,
        metadata: { option: 'payload', owner: OWNER },
      });
    }
    const runs = await Promise.all(
      plan.messages.map(async ({ messageId, node, from }) => {
        const kept = (await this.payload(run.runId, messageId)) as KeptPayload;
        const { payload, meta, topic, priority, key } = kept;
        return (flow.handle as PenguiFlow<never>).inject(edited ? options.payload : payload, {
          node,
          id: key,
          from: sourceAt(flow.plan, node, from),
          tenant: run.tenant,
          meta,
          priority,
          replayOf: run.runId,
          labels: Object.fromEntries(labels.map(({ name, value }) => [name, value])),
          ...(topic === undefined ? undefined : { topic }),
          ...(timeoutS === undefined ? undefined : { timeoutS }),
          ...(signal === undefined ? undefined : { signal }),
        });
      }),
    );
    const bad = runs.find(({ status }) => status !== 'succeeded');
    return { replayOf: run.runId, runs, status: bad?.status ?? 'succeeded' };
  }

  /**
   * Does many runs again, oldest first.
   *
   * @param options - as of `replay`; `ratePerS` of them are begun per second (10), `limit` at most (100). With `dryRun` none is
   * @returns one answer per run; `refused` where it was not replayed
   */
  async *replayAll(
    query: RunQuery,
    options: ReplayOptions & { readonly ratePerS?: number; readonly limit?: number; readonly dryRun?: boolean } = {},
  ): AsyncGenerator<{ readonly run: StoredRun; readonly replayed?: Replayed; readonly refused?: FlowError }> {
    const { ratePerS = 10, limit = 100, dryRun = false, ...rest } = options;
    const runs: StoredRun[] = [];
    for (let cursor = query.cursor; ;) {
      const page = await this.list({ ...query, cursor, limit: Math.min(1_000, limit) });
      runs.push(...page.runs);
      ({ cursor } = page);
      if (cursor === undefined || runs.length >= limit) break;
    }
    for (const run of runs.slice(0, limit).toReversed()) {
      try {
        if (dryRun) mustBePossible(await this.planReplay(run, rest), rest.force === true);
        else yield { run, replayed: await this.replay(run, rest) };
        if (dryRun) yield { run };
      } catch (error) {
        if (!FlowError.is(error)) throw error;
        yield { run, refused: error };
      }
      if (!dryRun) await pause(1000 / ratePerS);
    }
  }

  /** Deletes the runs of a trace id, or of a tenant, with all that is kept of them; resolves with how many. */
  async forget(request: ForgetRequest): Promise<number> {
    await this.flush();
    return this.#store.forget(request);
  }

  /** Keeps a run from being deleted, or no longer; resolves with whether it is there. */
  async pin(runId: number, pinned: boolean): Promise<boolean> {
    await this.flush();
    return this.#store.pin(runId, pinned);
  }

  /** Resolves when all that has happened is stored. */
  flush(): Promise<void> {
    return this.#writer.flush();
  }

  async stats(query?: StatsQuery): Promise<HistoryStats> {
    await this.#writer.open();
    const stored = await this.#store.stats(query);
    return { ...stored, ...this.#buffer.counts, ...this.#writer.state, waitingRows: this.#buffer.size };
  }

  /** Stores what waits, and lets go of the store. The flows have stopped by then. */
  close(): Promise<void> {
    return this.#writer.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #found(ref: RunRef): Promise<{ readonly detail: RunDetail; readonly flow: AttachedFlow }> {
    await this.flush();
    const detail = await this.#store.run(ref);
    if (detail === undefined) {
      throw new FlowError('RUN_NOT_FOUND', {
        message: `There is no run ${JSON.stringify(ref).slice(0, 200)} in this history`,
      });
    }
    const flow = this.#flows.get(detail.run.flow);
    if (flow?.handle !== undefined) return { detail, flow };
    throw new FlowError('NOT_RUNNING', {
      message: `No flow "${detail.run.flow}" runs with this history, so its run ${detail.run.runId} cannot be done again`,
    });
  }

  async #planOf(detail: RunDetail, plan: FlowPlan, from: ReplayFrom | undefined): Promise<ReplayPlan> {
    const { run } = detail;
    const parent = run.parentRun === undefined ? undefined : await this.#store.run({ runId: run.parentRun });
    const isFailed = run.errorNode !== undefined && run.status !== 'succeeded';
    return planOf(detail, checkedFrom(from ?? (isFailed ? 'failed' : 'start')), plan, parent?.run);
  }

  #sourceOf(plan: FlowPlan, clock: Clock): RunSource {
    const json = JSON.stringify(keptPlan(plan));
    const hash = planHash(json);
    if (!this.#plans.has(hash)) this.#buffer.plans.push({ hash, flow: plan.flowName, json });
    this.#plans.add(hash);
    return { plan, planHash: hash, clock, buffer: this.#buffer, settings: this.#settings };
  }

  #tracerOf(source: RunSource, clock: Clock): FlowTracer {
    return {
      startTrace: (start: TraceStart) => {
        if (!this.#buffer.takesRuns) {
          this.#shed(clock);
          return undefined;
        }
        const parent = start.parentRun === undefined ? undefined : this.#open.get(start.parentRun);
        const run = new RecordedRun(++this.#runs, source, start, parent, () => this.#open.delete(start.runId));
        this.#open.set(start.runId, run);
        return run;
      },
    };
  }

  #shed(clock: Clock): void {
    const { counts } = this.#buffer;
    counts.shedTraces++;
    const nowMs = clock.monotonic();
    if (nowMs - this.#shedToldMs < 10_000) return;
    this.#shedToldMs = nowMs;
    const fields = { shed_traces: counts.shedTraces, waiting_rows: this.#buffer.size };
    this.#log?.write('warn', 'history_shed', fields, {});
  }
}

/** @throws FlowError `INVALID_OPTION` */
function checkedFrom(from: ReplayFrom): ReplayFrom {
  const given: unknown = from;
  if (given === 'start' || given === 'failed') return given;
  if (typeof given === 'object' && given !== null && Number.isInteger((given as { attempt?: unknown }).attempt))
    return from;
  throw new FlowError('INVALID_OPTION', {
    message: "Expected `from` of a replay to be 'start', 'failed' or { attempt }",
    metadata: { option: 'from', owner: OWNER },
  });
}

/** Where a message seems to come from: its sender, if an edge leads from there to the node. */
function sourceAt({ edges, nodes }: FlowPlan, node: string, from: string | undefined): string {
  if (from !== undefined && edges.some((edge) => edge.from === from && edge.to === node)) return from;
  if (nodes.find(({ name }) => name === node)?.ingress === true) return 'OpenSea';
  return edges.find(({ to }) => to === node)?.from as string;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
