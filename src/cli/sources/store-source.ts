import type { LineView } from '../../inspector/api-live.js';
import type { LineList, RunSearch } from '../../inspector/api.js';
import { attemptView, eventView, runItem } from '../../inspector/views/run-item.js';
import type { FlowStore, LinePage, RunQuery, StoredStatus } from '../../store/index.js';
import type { RunPageView, RunSource, TraceView } from './run-source.js';

/** Runs of a store, in the words of the inspector. */
export class StoreSource implements RunSource {
  readonly #store: FlowStore;

  constructor(store: FlowStore) {
    this.#store = store;
  }

  async list(search: RunSearch): Promise<RunPageView> {
    const { runs, cursor, searchedToMs } = await this.#store.list(queryOf(search));
    return { runs: runs.map(runItem), cursor: cursor ?? null, searchedToMs: searchedToMs ?? null };
  }

  async run(runId: number): Promise<TraceView | undefined> {
    const detail = await this.#store.run({ runId });
    if (detail === undefined) return undefined;
    const { run, labels, attempts, events, lines, children, cut } = detail;
    const parent = run.parentRun === undefined ? undefined : await this.#store.run({ runId: run.parentRun });
    return {
      run: runItem(run),
      labels: labels.map(({ name, value }) => ({ name, value })),
      attempts: attempts.map(attemptView),
      events: events.map(eventView),
      lines: lineList(lines),
      children: children.map(runItem),
      parent: parent === undefined ? null : runItem(parent.run),
      cut,
      otelTraceId: null,
    };
  }

  async lines(runId: number, cursor: string): Promise<LineList> {
    const page = await this.#store.logs({ runId, cursor, limit: 1_000 });
    return lineList(page);
  }
}

function queryOf(search: RunSearch): RunQuery {
  const { flow, status, tenant, id, label, node, code, fromMs, toMs, minMs, text, cursor, limit } = search;
  const [name = '', ...value] = label?.split(':') ?? [];
  return {
    flow,
    tenant,
    node,
    code,
    text,
    cursor,
    status: status as StoredStatus | undefined,
    tracePrefix: id,
    label: label === undefined ? undefined : { name, value: value.join(':') },
    fromS: seconds(fromMs),
    toS: seconds(toMs),
    minMs: minMs === undefined ? undefined : Number(minMs),
    limit: limit === undefined ? undefined : Number(limit),
  };
}

function seconds(ms: string | undefined): number | undefined {
  return ms === undefined ? undefined : Number(ms) / 1_000;
}

/** Whose they are the run says. */
function lineList({ lines, cursor }: LinePage): LineList {
  return {
    lines: lines.map(({ atMs, level, logger, message, node, fields }): LineView => ({
      ...{ atMs, level, logger, message, node: node ?? null, fields: fields ?? null },
      ...{ flow: null, traceId: null, tenant: null },
    })),
    cursor: cursor ?? null,
  };
}
