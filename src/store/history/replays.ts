import { FlowError, type FlowPlan, type InjectedRun, type PenguiFlow } from '../../index.js';
import type { FlowStore } from '../flow-store.js';
import type { RunDetail, RunQuery, RunRef } from '../queries.js';
import type { StoredRun } from '../rows.js';
import type { KeptPayload } from './payload-reader.js';
import { mustBePossible, planOf, type ReplayFrom, type ReplayPlan } from './replay-plan.js';

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

/** How many runs are done again. */
export interface ReplayAllOptions extends Omit<ReplayOptions, 'payload'> {
  /** Replays that begin per second, at most. @defaultValue 10 */
  readonly ratePerS?: number;
  /** Runs at most. @defaultValue 100 */
  readonly limit?: number;
  /** Only says what would be refused. @defaultValue false */
  readonly dryRun?: boolean;
}

/** How a replay ended. */
export interface Replayed {
  readonly replayOf: number;
  /** One per message that was put in. */
  readonly runs: readonly InjectedRun<unknown>[];
  /** That of the first run that did not succeed, else `succeeded`. */
  readonly status: InjectedRun<unknown>['status'];
}

/** What became of one of many runs. */
export interface ReplayAnswer {
  readonly run: StoredRun;
  /** Undefined where it was refused, and in a dry run. */
  readonly replayed: Replayed | undefined;
  readonly refused: FlowError | undefined;
}

/** A flow that runs are done again on. */
export interface ReplayFlow {
  readonly plan: FlowPlan;
  readonly handle: PenguiFlow | undefined;
}

/** What replays need of a history. */
export interface ReplaySource {
  readonly store: FlowStore;
  flowOf(name: string): ReplayFlow | undefined;
  payload(runId: number, messageId: string): Promise<KeptPayload | undefined>;
}

/** Runs that are done again, as new runs. */
export class Replays {
  readonly #source: ReplaySource;

  constructor(source: ReplaySource) {
    this.#source = source;
  }

  async plan(ref: RunRef, from: ReplayFrom | undefined): Promise<ReplayPlan> {
    const { detail, flow } = await this.#found(ref);
    return this.#planOf(detail, flow.plan, from);
  }

  async replay(ref: RunRef, options: ReplayOptions): Promise<Replayed> {
    const { detail, flow } = await this.#found(ref);
    const plan = await this.#planOf(detail, flow.plan, options.from);
    mustBePossible(plan, options.force === true);
    const edited = Object.hasOwn(options, 'payload');
    if (edited && plan.messages.length !== 1) {
      throw invalid('payload', `to be given for one message, got it for ${plan.messages.length}`);
    }
    const labels = Object.fromEntries(detail.labels.map(({ name, value }) => [name, value]));
    const { run } = detail;
    const { timeoutS, signal } = options;
    const injected = plan.messages.map(async ({ messageId, node, from }) => {
      const kept = (await this.#source.payload(run.runId, messageId)) as KeptPayload;
      return (flow.handle as PenguiFlow).inject(edited ? options.payload : kept.payload, {
        ...{ node, id: kept.key, from: sourceAt(flow.plan, node, from), replayOf: run.runId, labels },
        ...{ tenant: run.tenant, meta: kept.meta, priority: kept.priority },
        ...(kept.topic === undefined ? undefined : { topic: kept.topic }),
        ...(timeoutS === undefined ? undefined : { timeoutS }),
        ...(signal === undefined ? undefined : { signal }),
      });
    });
    const runs = await Promise.all(injected);
    const bad = runs.find(({ status }) => status !== 'succeeded');
    return { replayOf: run.runId, runs, status: bad?.status ?? 'succeeded' };
  }

  async *replayAll(query: RunQuery, options: ReplayAllOptions): AsyncGenerator<ReplayAnswer> {
    const { ratePerS = 10, limit = 100, dryRun = false, ...rest } = options;
    if (!(ratePerS > 0)) throw invalid('ratePerS', 'to be > 0');
    if (!(Number.isSafeInteger(limit) && limit > 0)) throw invalid('limit', 'to be a whole number > 0');
    for (const run of await this.#runsOf(query, limit)) {
      let replayed: Replayed | undefined;
      let refused: FlowError | undefined;
      try {
        if (dryRun) mustBePossible(await this.plan(run, rest.from), rest.force === true);
        else replayed = await this.replay(run, rest);
      } catch (error) {
        if (!FlowError.is(error)) throw error;
        refused = error;
      }
      yield { run, replayed, refused };
      if (replayed !== undefined) await pause(1000 / ratePerS);
    }
  }

  /** Oldest first. */
  async #runsOf(query: RunQuery, limit: number): Promise<readonly StoredRun[]> {
    const runs: StoredRun[] = [];
    for (let { cursor } = query; ;) {
      const page = await this.#source.store.list({ ...query, cursor, limit: Math.min(1_000, limit) });
      runs.push(...page.runs);
      ({ cursor } = page);
      if (cursor === undefined || runs.length >= limit) return runs.slice(0, limit).toReversed();
    }
  }

  async #found(ref: RunRef): Promise<{ readonly detail: RunDetail; readonly flow: ReplayFlow }> {
    const detail = await this.#source.store.run(ref);
    if (detail === undefined) {
      const message = `There is no run ${JSON.stringify(ref).slice(0, 200)} in this history`;
      throw new FlowError('RUN_NOT_FOUND', { message });
    }
    const flow = this.#source.flowOf(detail.run.flow);
    if (flow?.handle !== undefined) return { detail, flow };
    throw new FlowError('NOT_RUNNING', {
      message: `No flow "${detail.run.flow}" runs with this history, so its run ${detail.run.runId} cannot be done again`,
    });
  }

  async #planOf(detail: RunDetail, plan: FlowPlan, from: ReplayFrom | undefined): Promise<ReplayPlan> {
    const { run } = detail;
    const parent = run.parentRun === undefined ? undefined : await this.#source.store.run({ runId: run.parentRun });
    const isFailed = run.errorNode !== undefined && run.status !== 'succeeded';
    return planOf(detail, checkedFrom(from ?? (isFailed ? 'failed' : 'start')), plan, parent?.run);
  }
}

/** @throws FlowError `INVALID_OPTION` */
function checkedFrom(from: ReplayFrom): ReplayFrom {
  const given: unknown = from;
  if (given === 'start' || given === 'failed') return given;
  const attempt: unknown =
    typeof given === 'object' && given !== null ? (given as { attempt?: unknown }).attempt : undefined;
  if (Number.isInteger(attempt)) return from;
  throw invalid('from', "to be 'start', 'failed' or { attempt }");
}

function invalid(option: string, expected: string): FlowError {
  const message = `Expected \`${option}\` of replay() ${expected}`;
  return new FlowError('INVALID_OPTION', { message, metadata: { option, owner: 'replay()' } });
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
