import type { FlowSubscription, PenguiFlow, ListenerHandle } from '../index.js';
import { EventCounts, TIMED_EVENTS } from './event-counts.js';
import { FlowLedger } from './flow-ledger.js';
import { resolveMetricsOptions, type FlowMetricsOptions } from './flow-metrics-options.js';
import { METRICS } from './metric-specs.js';
import type { Exposition, MetricsBackend } from './metrics-backend.js';
import { metricsHandler, type MetricsHandler } from './metrics-handler.js';
import { HistoryLedger, type ObservedHistory } from './observed-history.js';
import { WorkerLedger, type ObservedWorker } from './observed-worker.js';
import { registerScrapedMetrics } from './scraped-metrics.js';

/**
 * Prometheus metrics of any number of flows. `observe` each of them; the numbers are in the registry and behind `handler()`.
 * The names are in {@link METRICS}.
 *
 * The number of series is bounded: labels are names from the graphs, enums, and tenants from the allow-list.
 *
 * @example
 * ```ts
 * const metrics = new FlowMetrics({ tenants: ['acme'] });
 * const flow = createFlow(Orders);
 * metrics.observe(flow);
 * await flow.run();
 * createServer(metrics.handler()).listen(9464, '127.0.0.1');
 * ```
 */
export class FlowMetrics {
  readonly #backend: MetricsBackend;
  readonly #ledger = new FlowLedger();
  readonly #histories = new HistoryLedger();
  readonly #workers = new WorkerLedger();
  readonly #subscription: FlowSubscription;

  /** @throws FlowError `INVALID_OPTION`, also when the registry has metrics of these names already */
  constructor(options: FlowMetricsOptions = {}) {
    const resolved = resolveMetricsOptions(options);
    this.#backend = resolved.backend;
    // All of them first: one that is refused shall leave nothing behind.
    this.#backend.check?.(Object.values(METRICS));
    const counts = new EventCounts(resolved);
    registerScrapedMetrics(this.#backend, {
      flows: this.#ledger,
      histories: this.#histories,
      workers: this.#workers,
    });
    this.#subscription = Object.freeze({
      name: 'FlowMetrics',
      types: [...new Set([...resolved.eventTypes, ...TIMED_EVENTS])],
      listener: counts.on.bind(counts),
      // Observing a flow that lists it as a middleware, too, must not count twice.
      identity: this,
    });
  }

  /**
   * Counts the events of a flow and reads its depths when somebody scrapes. A flow that has stopped is let go by itself;
   * what it has counted stays. Observing it twice is fine.
   *
   * @returns takes it off again
   */
  observe(flow: PenguiFlow): ListenerHandle {
    const attached = flow.use(this);
    this.#ledger.add(flow);
    const dispose = (): void => {
      attached.dispose();
      this.#ledger.remove(flow);
    };
    return { dispose, [Symbol.dispose]: dispose };
  }

  /**
   * Reads how a history is when somebody scrapes; what it has counted stays when it is let go. Observing it twice is fine.
   *
   * @example
   * ```ts
   * const history = new FlowHistory(sqliteStore({ file: 'penguiflow.db' }));
   * metrics.observeHistory(history);
   * ```
   */
  observeHistory(history: ObservedHistory): ListenerHandle {
    this.#histories.add(history);
    const dispose = (): void => this.#histories.remove(history);
    return { dispose, [Symbol.dispose]: dispose };
  }

  /**
   * Counts what a worker of `serveFlow` does, reads the depths of its nodes, and when somebody scrapes asks its engine what the queues of the flow
   * hold: the signal to scale by. Its runs are parts and no traces; those are counted where they begin: `client.use(metrics)`. Observing it twice is fine.
   *
   * @returns takes it off again
   * @example
   * ```ts
   * const worker = await serveFlow(Documents, { carrier, groups: ['cpu'] });
   * metrics.observeWorker(worker);
   * ```
   */
  observeWorker(worker: ObservedWorker): ListenerHandle {
    const attached = worker.use(this);
    this.#ledger.add(worker, true);
    this.#workers.add(worker);
    const dispose = (): void => {
      attached.dispose();
      this.#ledger.remove(worker);
      this.#workers.remove(worker);
    };
    return { dispose, [Symbol.dispose]: dispose };
  }

  /**
   * What makes it a middleware, for `middlewares` of `@Flow` and `createFlow`: event counts and latencies. For depths, in-flight
   * attempts and traces it needs the flow itself: call `observe`.
   */
  subscription(): FlowSubscription {
    return this.#subscription;
  }

  /** Answers scrapes, for `createServer(metrics.handler())` or `app.get('/metrics', metrics.handler())`. */
  handler(): MetricsHandler {
    return metricsHandler({ expose: () => this.#expose() });
  }

  /** What a scrape gets, as text. */
  async text(): Promise<string> {
    return (await this.#expose()).body;
  }

  async #expose(): Promise<Exposition> {
    await this.#workers.refresh();
    return this.#backend.expose();
  }
}
