import { getLogger, type Clock } from '../index.js';
import { runnerOf, type FlowHistory, type ReplayFrom, type StoredRun } from '../store/index.js';
import type { Logger } from 'winston';
import { answered, NOT_FOUND, refused, type Answer } from './answer.js';
import type { ActionTaken, CancelRequest, InspectorAction, ReplayRequest, RunItem, RunnerView } from './api.js';
import type { Caller } from './http/gatekeeper.js';
import type { InspectedFlows } from './inspected-flows.js';
import { newestReplays } from './views/newest-replays.js';
import { runItem } from './views/run-item.js';

/** How often, and how long apart, the run of a replay is looked for. */
const LOOKS = 40;
const LOOK_MS = 50;
const NEWEST = 50;

/** What a person does through the inspector. Each action is told of once, in the log and to those who look on. */
export class Actions {
  readonly #flows: InspectedFlows;
  readonly #clock: Clock;
  readonly #logger: Logger | undefined;
  readonly #onTaken: (taken: ActionTaken, tenant: string) => void;

  /** @param onTaken - told of each with the tenant of its run */
  constructor(
    flows: InspectedFlows,
    clock: Clock,
    logger: Logger | undefined,
    onTaken: (taken: ActionTaken, tenant: string) => void,
  ) {
    this.#flows = flows;
    this.#clock = clock;
    this.#logger = logger;
    this.#onTaken = onTaken;
  }

  /** Cancels the runs of a trace id that are under way in this process. */
  async cancel(caller: Caller, body: unknown): Promise<Answer> {
    const refusal = mayNot(caller, 'cancel');
    if (refusal !== undefined) return refusal;
    const { flow: name, traceId, tenant } = given<CancelRequest>(body);
    if (!isText(name) || !isText(traceId) || !isText(tenant)) {
      return refused(400, 'INVALID_OPTION', 'Expected { flow, traceId, tenant }, each a text');
    }
    if (!maySee(caller, tenant)) return NOT_FOUND;
    const flow = this.#flows.get(name);
    if (flow?.state === 'running' || flow?.state === 'draining') {
      if (flow.cancel(traceId, { tenant })) {
        this.#tell('cancel', caller, { flow: name, traceId, tenant });
        return answered({ done: true, run: null });
      }
    }
    return this.#whyNotCancelled(name, traceId, tenant);
  }

  /** Does a run again; answers when the new run has begun. */
  async replay(caller: Caller, body: unknown): Promise<Answer> {
    const refusal = mayNot(caller, 'replay');
    if (refusal !== undefined) return refusal;
    const request = given<ReplayRequest>(body);
    const { run: runId, from: place, force = false } = request;
    const edited = Object.hasOwn(request, 'payload') ? { payload: request.payload } : {};
    const from = isText(place) ? readReplayFrom(place) : undefined;
    if (!Number.isSafeInteger(runId) || from === undefined || typeof force !== 'boolean') {
      return refused(
        400,
        'INVALID_OPTION',
        "Expected { run, from, force? }: a number, 'start', 'failed' or the seq of an attempt, true or false",
      );
    }
    const { history } = this.#flows;
    const detail = await history?.run({ runId: runId as number });
    if (history === undefined || detail === undefined || !maySee(caller, detail.run.tenant)) return NOT_FOUND;
    const { run } = detail;
    const before = new Set((await newestReplays(history, run, NEWEST)).map(({ runId: id }) => id));
    const replayed = history.replay({ runId: run.runId }, { from, force, ...edited });
    // What becomes of it later is in its run.
    const failed = replayed.then(
      () => undefined,
      (error: unknown) => error,
    );
    const begun = await this.#begun(history, run, before, failed);
    if (begun instanceof Error) throw begun;
    this.#tell('replay', caller, run);
    return answered({ done: true, run: begun });
  }

  /** The run that a replay has made; null when it takes its time, and an error when there is none. */
  async #begun(
    history: FlowHistory,
    run: StoredRun,
    before: ReadonlySet<number>,
    failed: Promise<unknown>,
  ): Promise<RunItem | null | Error> {
    for (let look = 0; look < LOOKS; look++) {
      const error = await Promise.race([failed.then((reason) => reason ?? null), this.#pause()]);
      if (error instanceof Error) return error;
      await this.#flows.fresh();
      const made = (await newestReplays(history, run, NEWEST)).find(({ runId }) => !before.has(runId));
      if (made !== undefined) return runItem(made);
    }
    return null;
  }

  #pause(): Promise<undefined> {
    return new Promise((resolve) => {
      this.#clock.setTimer(() => resolve(undefined), LOOK_MS);
    });
  }

  async #whyNotCancelled(flow: string, traceId: string, tenant: string): Promise<Answer> {
    const { history, runner } = this.#flows;
    await this.#flows.fresh();
    const page = await history?.list({ flow, traceId, tenant, status: 'running', limit: 1 });
    const [run] = page?.runs ?? [];
    if (run === undefined)
      return refused(404, 'NOT_FOUND', `No run of trace ${traceId} is under way in flow "${flow}"`);
    if (runnerOf(run.runId) === runner.runner)
      return refused(
        409,
        'NOT_RUNNING',
        `Flow "${flow}" does not take it: it is not shown by this inspector, or stops`,
      );
    return refused(409, 'OTHER_RUNNER', `The run is under way ${placeOf(run, this.#flows.runners)}; cancel it there`);
  }

  #tell(
    action: InspectorAction,
    { subject }: Caller,
    { flow, traceId, tenant }: { flow: string; traceId: string; tenant: string },
  ): void {
    const log = this.#logger ?? getLogger('inspector');
    log.info(`inspector_${action}`, {
      event: `inspector_${action}`,
      subject,
      flow_name: flow,
      trace_id: traceId,
      tenant,
    });
    const atMs = this.#clock.now();
    this.#onTaken({ atMs, action, subject, flow, traceId, runner: this.#flows.runner }, tenant);
  }
}

/** Where a replay begins, as the API writes it; undefined for what is none. */
export function readReplayFrom(text: string): ReplayFrom | undefined {
  if (text === 'start' || text === 'failed') return text;
  return /^\d{1,9}$/.test(text) ? { attempt: Number(text) } : undefined;
}

export function maySee({ tenants }: Caller, tenant: string): boolean {
  return tenants === undefined || tenants.includes(tenant);
}

function mayNot({ actions }: Caller, action: InspectorAction): Answer | undefined {
  if (actions.includes(action)) return undefined;
  return refused(
    403,
    'FORBIDDEN',
    `This inspector, or this access to it, does not allow to ${action}: see \`actions\``,
  );
}

function placeOf({ runId }: StoredRun, runners: readonly RunnerView[]): string {
  const number = runnerOf(runId);
  const runner = runners.find((each) => each.runner === number);
  return runner === undefined
    ? `in another process, runner ${number} of the store`
    : `in process ${runner.pid} on ${runner.host}`;
}

/** What a body says, whatever it is. */
function given<T>(body: unknown): Partial<Record<keyof T, unknown>> {
  return (body ?? {}) as Partial<Record<keyof T, unknown>>;
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
