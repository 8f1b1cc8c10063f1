import { runnerOf, type FlowHistory, type RunDetail } from '../store/index.js';
import { maySee, readReplayFrom, type Actions } from './actions.js';
import { answered, NOT_FOUND, refused, type Answer } from './answer.js';
import { API_VERSION, type Hello, type ReplayView, type StoreView } from './api.js';
import type { Caller } from './http/gatekeeper.js';
import type { InspectedFlows } from './inspected-flows.js';
import { historyOf, withoutTexts } from './live/live-sampler.js';
import { flowPicture } from './views/flow-picture.js';
import { lineList } from './views/line-view.js';
import { runItem } from './views/run-item.js';
import { runList } from './views/run-list.js';
import { readRunSearch } from './views/run-search.js';
import { runsFor } from './views/runs-for.js';
import { messageItem, runView } from './views/run-view.js';

/** What a request asks for. */
export interface ApiRequest {
  readonly caller: Caller;
  /** Below `api/`, decoded. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
}

/** Of the package; a test compares it with package.json. */
const VERSION = '0.1.0';
const MAX_PREVIEW = 65_536;
const DEFAULT_PREVIEW = 2_048;
const MAX_LINES = 500;
/** What the store counts over all tenants. */
const COUNTS = [
  ...(['runs', 'running', 'pinned', 'attempts', 'payloadBytes', 'bytes'] as const),
  ...(['correctedClaims', 'batches', 'interrupted'] as const),
];
type StoreCount = (typeof COUNTS)[number];

/** Answers what asks, but for the stream. */
export class ApiRoutes {
  readonly #flows: InspectedFlows;
  readonly #actions: Actions;
  readonly #title: string | undefined;
  readonly #nonce: string;

  constructor(flows: InspectedFlows, actions: Actions, title: string | undefined, nonce: string) {
    this.#flows = flows;
    this.#actions = actions;
    this.#title = title;
    this.#nonce = nonce;
  }

  /** @throws FlowError what reading does, also for what a caller asked wrongly */
  get(request: ApiRequest): Answer | Promise<Answer> {
    const [first, second, third] = request.segments;
    const { length } = request.segments;
    if (first === 'hello' && length === 1) return this.#hello(request.caller);
    if (first === 'flows' && length === 1) return answered(this.#flows.all.map(({ plan }) => flowPicture(plan)));
    if (first === 'store' && length === 1) return this.#store(request.caller);
    if (first !== 'runs') return NOT_FOUND;
    if (length === 1) return this.#runs(request);
    if (length === 2) return this.#ofRun(request, (...found) => this.#run(request.caller, ...found));
    if (third === 'lines' && length === 3) return this.#ofRun(request, (...found) => lines(request, ...found));
    if (third === 'replay' && length === 3) return this.#ofRun(request, (...found) => plan(request, ...found));
    if (third === 'messages' && length === 4 && second !== undefined)
      return this.#ofRun(request, (...found) => message(request, ...found));
    return NOT_FOUND;
  }

  post({ caller, segments }: ApiRequest, body: unknown): Promise<Answer> | Answer {
    const [name] = segments;
    if (segments.length === 1 && name === 'cancel') return this.#actions.cancel(caller, body);
    if (segments.length === 1 && name === 'replay') return this.#actions.replay(caller, body);
    return NOT_FOUND;
  }

  #hello({ subject, actions, tenants }: Caller): Answer {
    const flows = this.#flows.all.map(({ name }) => name);
    return answered({
      ...{ app: 'penguiflow', api: API_VERSION, version: VERSION, title: this.#title ?? flows.join(', ') },
      ...{ nonce: this.#nonce, subject, actions, tenants: tenants ?? null, flows, history: this.#flows.kind },
    } satisfies Omit<Hello, 'runner'>);
  }

  async #runs({ query, caller }: ApiRequest): Promise<Answer> {
    const search = readRunSearch(query);
    if ('body' in search) return search;
    const { history } = this.#flows;
    if (history === undefined) {
      const nothing = { runs: [], cursor: null, searchedToMs: null, count: { runs: 0, exact: true }, byStatus: null };
      return answered(nothing);
    }
    await this.#flows.fresh();
    return answered(await runList(history, search, caller.tenants));
  }

  async #run(caller: Caller, history: FlowHistory, detail: RunDetail): Promise<Answer> {
    const flow = this.#flows.get(detail.run.flow);
    const isHere = flow !== undefined && runnerOf(detail.run.runId) === this.#flows.runner.runner;
    const picture = flow === undefined ? undefined : flowPicture(flow.plan);
    return answered(
      await runView(history, detail, { picture, isHere, maySee: ({ tenant }) => maySee(caller, tenant) }),
    );
  }

  /** A run by its number, or the newest of a trace id that is no number; those of other tenants are not there. */
  async #ofRun(
    { caller, segments: [, id = ''] }: ApiRequest,
    answer: (history: FlowHistory, detail: RunDetail) => Promise<Answer>,
  ): Promise<Answer> {
    const { history } = this.#flows;
    if (history === undefined || id === '') return NOT_FOUND;
    await this.#flows.fresh();
    const number = /^\d{1,16}$/.test(id) ? Number(id) : Number.NaN;
    const runId = Number.isSafeInteger(number) ? number : await newestOf(history, id, caller.tenants);
    const detail = runId === undefined ? undefined : await history.run({ runId });
    return detail === undefined || !maySee(caller, detail.run.tenant) ? NOT_FOUND : answer(history, detail);
  }

  /** The store counts the runs of all together: whoever sees some tenants only is not told how much the others do, nor where. */
  async #store({ tenants }: Caller): Promise<Answer> {
    const { history, kind, runner, runners } = this.#flows;
    const live = historyOf(this.#flows);
    const common = { history: kind, settings: settingsOf(history) };
    if (tenants !== undefined) {
      const counts = Object.fromEntries(COUNTS.map((name) => [name, null])) as Record<StoreCount, null>;
      return answered({ ...common, ...counts, live: withoutTexts(live), runners: [runner] } satisfies Omit<
        StoreView,
        'runner'
      >);
    }
    const stats = await history?.stats();
    const counts = Object.fromEntries(COUNTS.map((name) => [name, stats?.[name] ?? 0])) as Record<StoreCount, number>;
    return answered({ ...common, ...counts, live, runners } satisfies Omit<StoreView, 'runner'>);
  }
}

/** The newest run of a trace id that a caller may see. */
async function newestOf(
  history: FlowHistory,
  traceId: string,
  tenants: readonly string[] | undefined,
): Promise<number | undefined> {
  const { runs } = await runsFor(history, { traceId, limit: 1 }, tenants);
  return runs[0]?.runId;
}

async function lines({ query }: ApiRequest, history: FlowHistory, { run }: RunDetail): Promise<Answer> {
  const limit = countIn(query, 'limit', 200, MAX_LINES);
  if (limit === undefined) return invalidCount('limit', MAX_LINES);
  const page = await history.logs({ runId: run.runId, limit, cursor: query.get('cursor') ?? undefined });
  return answered(lineList(page, run));
}

async function message(
  { query, segments }: ApiRequest,
  history: FlowHistory,
  { run, messages }: RunDetail,
): Promise<Answer> {
  const bytes = countIn(query, 'bytes', DEFAULT_PREVIEW, MAX_PREVIEW);
  if (bytes === undefined) return invalidCount('bytes', MAX_PREVIEW);
  const found = messages.find(({ messageId }) => messageId === segments[3]);
  if (found === undefined) return NOT_FOUND;
  const kept = found.preview === undefined ? undefined : new TextDecoder().decode(found.preview);
  const isShort = kept !== undefined && !kept.endsWith('…') && Buffer.byteLength(kept) <= bytes;
  const preview = isShort ? kept : ((await history.preview(run.runId, found.messageId, bytes)) ?? kept ?? null);
  const cut = preview?.endsWith('…') === true;
  return answered({ ...messageItem(found), preview, cut, meta: found.meta ?? null });
}

async function plan({ query, caller }: ApiRequest, history: FlowHistory, { run }: RunDetail): Promise<Answer> {
  const given = query.get('from');
  const from = given === null ? undefined : readReplayFrom(given);
  if (given !== null && from === undefined)
    return refused(400, 'INVALID_OPTION', "Expected `from` to be 'start', 'failed' or the seq of an attempt");
  const made = await history.planReplay(
    { runId: run.runId },
    // What it says decides nothing, only that there is one.
    { ...(from === undefined ? {} : { from }), ...(query.get('edited') === 'true' ? { payload: null } : {}) },
  );
  const { runs, notBegun, nodes, notReplayable, incomplete, changed, reasons, impossible, parent } = made;
  return answered({
    from: typeof made.from === 'string' ? made.from : String(made.from.attempt),
    ...{ runs, notBegun, nodes, notReplayable, incomplete, changed, reasons, impossible },
    parent: parent === undefined || !maySee(caller, parent.tenant) ? null : runItem(parent),
  } satisfies Omit<ReplayView, 'runner'>);
}

function settingsOf(history: FlowHistory | undefined): StoreView['settings'] {
  if (history === undefined) return [];
  const { keep, ...rest } = history.facts.settings;
  const kept = Object.entries(keep).map(([name, value]) => [`keep.${name}`, value] as const);
  return [...Object.entries(rest), ...kept]
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ({ name, value: String(value) }));
}

/** A whole number from 1 to `max`; undefined for anything else. */
function countIn(query: URLSearchParams, name: string, fallback: number, max: number): number | undefined {
  const given = query.get(name);
  const count = given === null || given === '' ? fallback : Number(given);
  return Number.isInteger(count) && count >= 1 && count <= max ? count : undefined;
}

function invalidCount(name: string, max: number): Answer {
  return refused(400, 'INVALID_OPTION', `Expected \`${name}\` to be a whole number from 1 to ${max}`);
}
