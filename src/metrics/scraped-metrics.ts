import { BREAKER_STATES, loggingStats } from '../index.js';
import type { FlowLedger, LedgerRow } from './flow-ledger.js';
import type { HistoryFigures, HistoryLedger } from './observed-history.js';
import { ENGINE_STATES, type QueueFigures, type WorkerLedger } from './observed-worker.js';
import { METRICS, type MetricSpec } from './metric-specs.js';
import type { MetricsBackend, Sample } from './metrics-backend.js';

type MetricType = 'counter' | 'gauge';

/** Which number of a node's snapshot is which metric. */
const OF_NODES: readonly (readonly [MetricType, MetricSpec, string])[] = [
  ['counter', METRICS.retries, 'retried'],
  ['counter', METRICS.timeouts, 'timedOut'],
  ['counter', METRICS.deadlineSkips, 'skipped'],
  ['counter', METRICS.cancellations, 'cancelled'],
  ['gauge', METRICS.queueDepthIn, 'queued'],
  ['gauge', METRICS.queueDepthOut, 'queuedOut'],
  ['gauge', METRICS.waitingForRoom, 'waitingForRoom'],
  ['gauge', METRICS.inflight, 'inFlight'],
  ['gauge', METRICS.waitingJoins, 'waiting'],
  ['gauge', METRICS.late, 'late'],
  ['counter', METRICS.loopBlocked, 'loopBlockedS'],
  ['gauge', METRICS.oldestAttempt, 'oldestAttemptS'],
  ['gauge', METRICS.oldestQueued, 'oldestQueuedS'],
];

const OF_FLOWS: readonly (readonly [MetricType, MetricSpec, string])[] = [
  ['counter', METRICS.traces, 'startedTraces'],
  ['counter', METRICS.cancelledTraces, 'cancelledTraces'],
  ['gauge', METRICS.activeTraces, 'traces'],
  ['gauge', METRICS.waitingResults, 'results'],
  ['counter', METRICS.unclaimedFailures, 'unclaimedFailures'],
  ['counter', METRICS.forgottenFailures, 'forgottenFailures'],
  ['counter', METRICS.discardedResults, 'discardedResults'],
  ['counter', METRICS.listenerFailures, 'listenerFailuresSum'],
];

const OF_HISTORIES: readonly (readonly [MetricType, MetricSpec, keyof HistoryFigures])[] = [
  ['counter', METRICS.historyShed, 'shedTraces'],
  ['counter', METRICS.historyLeftOut, 'rowsLeftOut'],
  ['counter', METRICS.historyRejected, 'rejectedRows'],
  ['gauge', METRICS.historyWaiting, 'waitingRows'],
  ['gauge', METRICS.historyDegraded, 'degraded'],
];

const OF_QUEUES: readonly (readonly [MetricSpec, (figures: QueueFigures) => number])[] = [
  [METRICS.queuePending, ({ pending }) => pending],
  [METRICS.queueUnacked, ({ unacked }) => unacked],
  [METRICS.queueOldest, ({ oldestS }) => oldestS ?? 0],
  [METRICS.queueDead, ({ dead }) => dead],
];

/** Where numbers are read from. */
export interface Ledgers {
  readonly flows: FlowLedger;
  readonly histories: HistoryLedger;
  readonly workers: WorkerLedger;
}

/** Registers what is read from snapshots when somebody scrapes: it costs nothing between two scrapes. */
export function registerScrapedMetrics(backend: MetricsBackend, ledgers: Ledgers): void {
  const { flows: ledger, histories, workers } = ledgers;
  const rows = oncePerScrape(() => ledger.rows());
  const nodes = (): LedgerRow[] => rows().filter(({ labels }) => labels.length === 2);
  const flows = (): LedgerRow[] => rows().filter(({ labels }) => labels.length === 1);
  for (const [type, spec, figure] of OF_NODES) backend.sampled(type, spec, () => samples(nodes(), figure));
  for (const [type, spec, figure] of OF_FLOWS) backend.sampled(type, spec, () => samples(flows(), figure));
  backend.sampled('counter', METRICS.messages, () =>
    (['succeeded', 'failed'] as const).flatMap((outcome) => samples(nodes(), outcome, [outcome])),
  );
  // Unbounded floes have no capacity that a depth could be compared with.
  backend.sampled('gauge', METRICS.queueCapacity, () =>
    samples(nodes(), 'queueCapacity').filter(({ value }) => value > 0),
  );
  backend.sampled('gauge', METRICS.dependencyState, () => {
    rows();
    return [...ledger.breakers()].flatMap(([name, present]) =>
      BREAKER_STATES.map((state) => ({ labels: [name, state], value: state === present ? 1 : 0 })),
    );
  });
  const logging = oncePerScrape(loggingStats);
  backend.sampled('counter', METRICS.logLinesWritten, () => [{ labels: [], value: logging().written }]);
  backend.sampled('counter', METRICS.logLinesDropped, () => [{ labels: [], value: logging().dropped }]);
  backend.sampled('counter', METRICS.logWritesFailed, () => [{ labels: [], value: logging().failed }]);
  const history = oncePerScrape(() => histories.figures());
  for (const [type, spec, figure] of OF_HISTORIES) {
    backend.sampled(type, spec, () => [{ labels: [], value: history()[figure] }]);
  }
  const queues = oncePerScrape(() => workers.queues());
  for (const [spec, figureOf] of OF_QUEUES) {
    backend.sampled('gauge', spec, () =>
      [...queues()].flatMap(([flow, all]) =>
        all.map((figures) => ({ labels: [flow, figures.queue], value: figureOf(figures) })),
      ),
    );
  }
  backend.sampled('gauge', METRICS.carrierState, () =>
    [...workers.engines()].flatMap(([flow, present]) =>
      ENGINE_STATES.map((state) => ({ labels: [flow, state], value: state === present ? 1 : 0 })),
    ),
  );
}

function samples(rows: readonly LedgerRow[], figure: string, more: readonly string[] = []): Sample[] {
  return rows
    .filter(({ figures }) => figures[figure] !== undefined)
    .map(({ labels, figures }) => ({ labels: [...labels, ...more], value: figures[figure]! }));
}

/** A scrape asks all metrics in one go; they share what was read, so that their numbers fit together. */
function oncePerScrape<T>(read: () => T): () => T {
  let kept: { readonly value: T } | undefined;
  return () => {
    if (kept === undefined) {
      kept = { value: read() };
      queueMicrotask(() => (kept = undefined));
    }
    return kept.value;
  };
}
