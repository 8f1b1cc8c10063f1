import type {
  FlowPicture,
  Hello,
  InspectorAction,
  MessageView,
  Refusal,
  ReplayView,
  RunItem,
  RunList,
  RunnerView,
  RunView,
  StoreView,
} from '#src/inspector/api.js';
import type { LiveSnapshot } from '#src/inspector/api-live.js';
import { liveFlow, liveHistory, type Weather } from './live-numbers.js';
import { CATALOGUE, ORDERS } from './pictures-of-flows.js';
import { BEGIN_MS, failedRun, longRun, recordedRuns, runItem, runningRun, runView } from './recorded-runs.js';

export interface PageWorldOptions {
  readonly flows?: readonly FlowPicture[];
  readonly weather?: Weather;
  readonly actions?: readonly InspectorAction[];
  readonly runs?: number;
  readonly pid?: number;
  /** Why a replay is refused. */
  readonly reasons?: readonly string[];
  readonly impossible?: readonly string[];
  /** What the plan of a replay says besides. */
  readonly plan?: Partial<ReplayView>;
  /** Tenants that are seen; all. */
  readonly tenants?: readonly string[];
}

/** Ids of runs that are there whatever the number of runs. */
export const RUN = { failed: 2, long: 900_001, runningHere: 900_002, runningElsewhere: 900_003 } as const;

const SECRET_PAYLOAD = { order: 'o-1042', card: '[redacted]', note: '<img src=x onerror=alert(1)>' };

/** What a store does not tell those who see some tenants only. */
const UNTOLD = {
  ...{ runs: null, running: null, pinned: null, attempts: null, payloadBytes: null, bytes: null },
  ...{ correctedClaims: null, batches: null, interrupted: null },
};

/** What a made-up inspector knows. */
export class PageWorld {
  tick = 0;
  readonly runner: RunnerView;
  readonly runs: RunItem[];
  readonly #options: PageWorldOptions;

  constructor(options: PageWorldOptions = {}) {
    this.#options = options;
    this.runner = { host: 'web-2', pid: options.pid ?? 4711, startedMs: BEGIN_MS - 3_600_000, runner: 3 };
    this.runs = recordedRuns(options.runs ?? 1_000);
  }

  snapshot(): LiveSnapshot {
    const failures = this.runs.filter(({ status }) => status === 'failed').slice(0, 20);
    return {
      runner: this.runner,
      atMs: BEGIN_MS + 2_000_000 + this.tick * 1_000,
      flows: this.#flows.map((picture) => liveFlow(picture, this.tick, this.#options.weather ?? 'failing', failures)),
      history: liveHistory(this.tick),
    };
  }

  /** Status and body of an answer. */
  answer(name: string, query: URLSearchParams, body: unknown): [status: number, body: object] {
    if (name === 'hello') return [200, this.#hello()];
    if (name === 'flows') return [200, this.#flows];
    if (name === 'store') return [200, this.#store()];
    if (name === 'runs') return [200, this.#search(query)];
    if (name === 'cancel' || name === 'replay') {
      const made = name === 'replay' ? runItem(RUN.failed, { replayOf: (body as { run: number }).run }) : null;
      return [200, { runner: this.runner, done: true, run: made }];
    }
    const [, id, what, message] = /^runs\/(\d+)(?:\/(\w+)(?:\/(.+))?)?$/.exec(name) ?? [];
    const view = id === undefined ? undefined : this.view(Number(id));
    if (view === undefined) return [404, this.refusal('NOT_FOUND', `The store has no run ${id ?? name}.`)];
    if (what === undefined) return [200, view];
    if (what === 'replay') return [200, this.#plan(query.get('from') ?? '')];
    if (what === 'messages') return [200, this.#message(view, message ?? '', query.get('bytes'))];
    return [200, { runner: this.runner, lines: [], cursor: null }];
  }

  refusal(code: string, message: string): Refusal {
    return { runner: this.runner, error: { code, message } };
  }

  view(id: number): RunView | undefined {
    if (id === RUN.failed) return failedRun(this.runner);
    if (id === RUN.long) return longRun(this.runner, id, 10_000);
    if (id === RUN.runningHere || id === RUN.runningElsewhere)
      return runningRun(this.runner, id, id === RUN.runningHere);
    const run = this.runs.find((each) => each.id === id);
    return run?.status === 'failed'
      ? failedRun(this.runner, id)
      : run === undefined
        ? undefined
        : runView(run, [], this.runner);
  }

  get #flows(): readonly FlowPicture[] {
    return this.#options.flows ?? [ORDERS, CATALOGUE];
  }

  #hello(): Hello {
    return {
      runner: this.runner,
      app: 'penguiflow',
      api: 1,
      version: '0.1.0',
      title: 'Shop',
      nonce: 'n',
      subject: null,
      actions: this.#options.actions ?? [],
      tenants: this.#options.tenants ?? null,
      flows: this.#flows.map(({ name }) => name),
      history: 'store',
    };
  }

  #store(): StoreView {
    if (this.#options.tenants !== undefined) return { ...this.#allOfStore(), ...UNTOLD, runners: [this.runner] };
    return this.#allOfStore();
  }

  #allOfStore(): StoreView {
    return {
      runner: this.runner,
      history: 'store',
      live: liveHistory(this.tick),
      runs: 1_204_882,
      running: 181,
      pinned: 12,
      attempts: 6_021_337,
      payloadBytes: 812_000_000,
      bytes: 1_930_000_000,
      correctedClaims: 0,
      batches: 48_201,
      interrupted: 3,
      settings: [
        { name: 'keep', value: '14 days' },
        { name: 'keepFailed', value: '90 days' },
        { name: 'payloads', value: 'redacted, at most 64 kB each' },
      ],
      runners: [this.runner, { host: 'web-1', pid: 812, startedMs: BEGIN_MS - 9_000_000, runner: 2 }],
    };
  }

  #search(query: URLSearchParams): RunList {
    const given = (name: string): string => query.get(name) ?? '';
    const others = this.runs.filter(
      (run) =>
        run.traceId.startsWith(given('id')) &&
        (given('flow') === '' || run.flow === given('flow')) &&
        (given('tenant') === '' || run.tenant === given('tenant')) &&
        (given('node') === '' || run.errorNode === given('node')) &&
        (given('code') === '' || run.errorCode === given('code')) &&
        (given('text') === '' || (run.errorMessage ?? '').toLowerCase().includes(given('text').toLowerCase())) &&
        (run.endedMs ?? Infinity) - run.startedMs >= Number(given('minMs')),
    );
    const found = others.filter(({ status }) => given('status') === '' || status === given('status'));
    const [from, limit] = [Number(given('cursor')), Number(given('limit') || '50')];
    const byStatus: Record<string, number> = {};
    for (const { status } of others) byStatus[status] = (byStatus[status] ?? 0) + 1;
    return {
      runner: this.runner,
      runs: found.slice(from, from + limit),
      cursor: from + limit < found.length ? String(from + limit) : null,
      searchedToMs: null,
      count: { runs: found.length, exact: true },
      byStatus,
    };
  }

  #plan(from: string): ReplayView {
    const { reasons = [], impossible = [] } = this.#options;
    return {
      runner: this.runner,
      from,
      runs: 1,
      notBegun: [],
      nodes:
        from === 'start' ? ['Validate', 'Price', 'Audit', 'Charge', 'Refund', 'Ship'] : ['Charge', 'Refund', 'Ship'],
      notReplayable: reasons.length > 0 ? ['Charge'] : [],
      incomplete: [],
      changed: [],
      reasons,
      impossible,
      parent: null,
      ...this.#options.plan,
    };
  }

  #message(view: RunView, id: string, bytes: string | null): MessageView {
    const message = view.messages.find((each) => each.id === id)!;
    const text = JSON.stringify(SECRET_PAYLOAD);
    const isWhole = bytes !== null;
    return { ...message, runner: this.runner, preview: isWhole ? text : text.slice(0, 40), cut: !isWhole, meta: null };
  }
}
