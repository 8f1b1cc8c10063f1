import { FlowError, type FlowPlan, type InjectedRun, type PenguiFlow } from '../../index.js';
import type { FlowStore } from '../flow-store.js';
import type { RunDetail, RunQuery, RunRef } from '../queries.js';
import { checkRunQuery, checkRunRef } from '../check-query.js';
import type { StoredRun } from '../rows.js';
import { checkKnown, invalidStoreOption } from '../store-options.js';
import type { KeptPayload } from './payload-reader.js';
import { longPause } from './long-pause.js';
import type { ReplayFrom } from './replay-messages.js';
import { mustBePossible, planOf, type ReplayPlan } from './replay-plan.js';

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
  /** Runs at most, the newest that match; `limit` of the query bounds them as well. @defaultValue 100 */
  readonly limit?: number;
  /** Only says what would be refused. @defaultValue false */
  readonly dryRun?: boolean;
}

/** How a replay ended. */
export interface Replayed {
  readonly replayOf: number;
  /** One per message that was put in; one message goes to all of its nodes in one run. */
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
  /** Waits between replays. @defaultValue a timer of the process */
  readonly pause?: (ms: number) => Promise<void>;
}

const PLAN_OPTIONS = ['from', 'payload'];
const REPLAY_OPTIONS = [...PLAN_OPTIONS, 'force', 'timeoutS', 'signal'];
const ALL_OPTIONS = [...REPLAY_OPTIONS.filter((option) => option !== 'payload'), 'ratePerS', 'limit', 'dryRun'];

/** Runs that are done again, as new runs. */
export class Replays {
  readonly #source: ReplaySource;

  constructor(source: ReplaySource) {
    this.#source = source;
  }

  async plan(ref: RunRef, options: Pick<ReplayOptions, 'from' | 'payload'>): Promise<ReplayPlan> {
    checkKnown(options, PLAN_OPTIONS, 'planReplay()');
    checkFrom(options.from, 'planReplay()');
    checkRunRef(ref, 'what planReplay() looks for');
    const { detail, flow } = await this.#found(ref);
    return this.#planOf(detail, flow.plan, options.from, Object.hasOwn(options, 'payload'));
  }

  async replay(ref: RunRef, options: ReplayOptions): Promise<Replayed> {
    checkReplay(options, REPLAY_OPTIONS, 'replay()');
    checkRunRef(ref, 'what replay() looks for');
    const { detail, flow } = await this.#found(ref);
    const edited = Object.hasOwn(options, 'payload');
    const plan = await this.#planOf(detail, flow.plan, options.from, edited);
    mustBePossible(plan, options.force === true);
    if (edited && plan.messages.length !== 1) {
      const message = `Expected \`payload\` of replay() to be given for one message, got it for ${plan.messages.length}`;
      throw new FlowError('INVALID_OPTION', { message, metadata: { option: 'payload', owner: 'replay()' } });
    }
    const labels = Object.fromEntries(detail.labels.map(({ name, value }) => [name, value]));
    const { run } = detail;
    const { timeoutS, signal } = options;
    const injected = plan.messages.map(async ({ messageId, nodes, from }) => {
      const kept = (await this.#source.payload(run.runId, messageId)) as KeptPayload;
      return (flow.handle as PenguiFlow).inject(edited ? options.payload : kept.payload, {
        ...{ node: nodes, id: kept.key, replayOf: run.runId, labels },
        ...given('from', sourceAt(flow.plan, nodes, from)),
        ...{ tenant: run.tenant, meta: kept.meta, priority: kept.priority },
        ...given('topic', kept.topic),
        ...given('timeoutS', timeoutS),
        ...given('signal', signal),
      });
    });
    const runs = await Promise.all(injected);
    const bad = runs.find(({ status }) => status !== 'succeeded');
    return { replayOf: run.runId, runs, status: bad?.status ?? 'succeeded' };
  }

  async *replayAll(query: RunQuery, options: ReplayAllOptions): AsyncGenerator<ReplayAnswer> {
    checkReplay(options, ALL_OPTIONS, ALL);
    checkRunQuery(query ?? null, 'the query of replayAll()');
    const { ratePerS = 10, limit = 100, dryRun = false, ...rest } = options;
    if (!(typeof ratePerS === 'number' && ratePerS > 0)) {
      throw invalidStoreOption('ratePerS', ALL, 'a number > 0', ratePerS);
    }
    checkCount('limit', limit, ALL);
    checkFlag('dryRun', dryRun, ALL);
    if (query.limit !== undefined) checkCount('limit', query.limit, 'the query of replayAll()');
    const pause = this.#source.pause ?? longPause;
    let isDue = false;
    for (const run of await this.#runsOf(query, Math.min(limit, query.limit ?? limit))) {
      if (isDue) await pause(1000 / ratePerS);
      let replayed: Replayed | undefined;
      let refused: FlowError | undefined;
      try {
        if (dryRun) mustBePossible(await this.plan(run, given('from', rest.from)), rest.force === true);
        else replayed = await this.replay(run, rest);
      } catch (error) {
        if (!FlowError.is(error)) throw error;
        refused = error;
      }
      isDue = replayed !== undefined;
      yield { run, replayed, refused };
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

  async #planOf(
    detail: RunDetail,
    plan: FlowPlan,
    given: ReplayFrom | undefined,
    isEdited: boolean,
  ): Promise<ReplayPlan> {
    const { run } = detail;
    const parent = run.parentRun === undefined ? undefined : await this.#source.store.run({ runId: run.parentRun });
    const isFailed = run.errorNode !== undefined && run.status !== 'succeeded';
    return planOf(detail, { from: given ?? (isFailed ? 'failed' : 'start'), isEdited }, plan, parent?.run);
  }
}

const ALL = 'replayAll()';

/** @throws FlowError `INVALID_OPTION` */
function checkReplay(options: ReplayOptions, known: readonly string[], owner: string): void {
  checkKnown(options, known, owner);
  const { from, force, timeoutS, signal } = options as Readonly<Record<string, unknown>>;
  checkFrom(from, owner);
  if (force !== undefined) checkFlag('force', force, owner);
  if (timeoutS !== undefined && !(typeof timeoutS === 'number' && timeoutS >= 0)) {
    throw invalidStoreOption('timeoutS', owner, 'a number >= 0', timeoutS);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalidStoreOption('signal', owner, 'an AbortSignal', signal);
  }
}

/** @throws FlowError `INVALID_OPTION` */
function checkFrom(from: unknown, owner: string): void {
  if (from === undefined || from === 'start' || from === 'failed') return;
  const attempt: unknown =
    typeof from === 'object' && from !== null ? (from as { attempt?: unknown }).attempt : undefined;
  if (Number.isInteger(attempt) && Object.keys(from as object).length === 1) return;
  throw invalidStoreOption('from', owner, "'start', 'failed' or { attempt }", from);
}

function checkFlag(option: string, value: unknown, owner: string): void {
  if (typeof value !== 'boolean') throw invalidStoreOption(option, owner, 'true or false', value);
}

function checkCount(option: string, value: unknown, owner: string): void {
  if (!(Number.isSafeInteger(value) && (value as number) > 0)) {
    throw invalidStoreOption(option, owner, 'a whole number > 0', value);
  }
}

/** An option, unless it is undefined. */
function given<Name extends string, Value>(name: Name, value: Value | undefined): { readonly [name in Name]?: Value } {
  return (value === undefined ? {} : { [name]: value }) as { readonly [name in Name]?: Value };
}

/** Where a message seems to come from: its sender, if an edge leads from there to the node; undefined: that differs between the nodes. */
function sourceAt({ edges, nodes }: FlowPlan, to: readonly string[], from: string | undefined): string | undefined {
  const [node] = to;
  if (from !== undefined && edges.some((edge) => edge.from === from && edge.to === node)) return from;
  if (to.every((each) => nodes.find(({ name }) => name === each)?.ingress === true)) return 'OpenSea';
  return to.length > 1 ? undefined : edges.find((edge) => edge.to === node)?.from;
}
