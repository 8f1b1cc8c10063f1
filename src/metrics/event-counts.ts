import type { FlowEvent, FlowEventType, RunStatus } from '../index.js';
import { LATENCY_OUTCOMES, MAX_DEPENDENCIES, METRICS, OTHER_DEPENDENCIES, OTHER_TENANTS } from './metric-specs.js';
import type { CounterSeries, HistogramSeries } from './metrics-backend.js';
import type { ResolvedMetricsOptions } from './flow-metrics-options.js';
import { PART_EVENTS, PartCounts } from './part-counts.js';

type LatencyOutcome = (typeof LATENCY_OUTCOMES)[number];

const OUTCOMES: Partial<Record<FlowEventType, LatencyOutcome>> = {
  node_success: 'success',
  node_error: 'error',
  node_timeout: 'timeout',
};

const DEPENDENCY_CALLS: ReadonlySet<FlowEventType> = new Set([
  'dependency_success',
  'dependency_error',
  'dependency_rejected',
]);

/** The event types that are needed, whatever is counted by type. */
export const TIMED_EVENTS: readonly FlowEventType[] = [
  ...(Object.keys(OUTCOMES) as FlowEventType[]),
  ...DEPENDENCY_CALLS,
  ...PART_EVENTS,
  'trace_end',
];

/** The series of one node that exist so far. Looking a series up by its labels costs more than counting. */
class NodeSeries {
  readonly counts = new Map<string, CounterSeries>();
  readonly latency = new Map<LatencyOutcome, HistogramSeries>();
}

/** Counts events and observes latencies. */
export class EventCounts {
  readonly #options: ResolvedMetricsOptions;
  readonly #counter: (...labels: string[]) => CounterSeries;
  readonly #histogram: (...labels: string[]) => HistogramSeries;
  readonly #parts: PartCounts;
  readonly #runs: (...labels: string[]) => HistogramSeries;
  /** By flow and status. */
  readonly #runLatency = new Map<string, Map<string, HistogramSeries>>();
  readonly #calls: (...labels: string[]) => HistogramSeries;
  readonly #dependencies = new Set<string>();
  /** By flow, dependency and outcome. */
  readonly #callLatency = new Map<string, HistogramSeries>();
  readonly #flows = new Map<string, Map<string, NodeSeries>>();

  constructor(options: ResolvedMetricsOptions) {
    this.#options = options;
    this.#counter = options.backend.counter(METRICS.events);
    this.#histogram = options.backend.histogram(METRICS.latency, options.buckets);
    this.#calls = options.backend.histogram(METRICS.dependencyLatency, options.buckets);
    this.#parts = new PartCounts(options);
    this.#runs = options.backend.histogram(METRICS.traceLatency, options.buckets);
  }

  on(event: FlowEvent): void {
    const { eventType, flowName, latencyMs } = event;
    if (eventType === 'trace_end') this.#onRunEnd(event);
    this.#parts.on(event);
    if (DEPENDENCY_CALLS.has(eventType)) this.#onCall(event);
    const nodeName = event.nodeName ?? '';
    const node = this.#node(flowName, nodeName);
    if (this.#options.eventTypes.has(eventType)) {
      const tenant = event.tenant !== null && this.#options.tenants.has(event.tenant) ? event.tenant : OTHER_TENANTS;
      const key = `${eventType} ${tenant}`;
      let series = node.counts.get(key);
      if (series === undefined) {
        series = this.#counter(flowName, nodeName, eventType, tenant);
        node.counts.set(key, series);
      }
      series.add(1);
    }
    const outcome = OUTCOMES[eventType];
    if (outcome === undefined || latencyMs === null) return;
    let latency = node.latency.get(outcome);
    if (latency === undefined) {
      latency = this.#histogram(flowName, nodeName, outcome);
      node.latency.set(outcome, latency);
    }
    latency.observe(latencyMs / 1000);
  }

  #onRunEnd({ extra, flowName, latencyMs }: FlowEvent): void {
    // A run that began before anybody listened.
    if (latencyMs === null) return;
    const status = extra['status'] as RunStatus;
    let flow = this.#runLatency.get(flowName);
    if (flow === undefined) this.#runLatency.set(flowName, (flow = new Map<string, HistogramSeries>()));
    let series = flow.get(status);
    if (series === undefined) flow.set(status, (series = this.#runs(flowName, status)));
    series.observe(latencyMs / 1000);
  }

  #onCall({ extra, flowName, latencyMs }: FlowEvent): void {
    if (latencyMs === null) return;
    const name = String(extra['dependency']);
    if (this.#dependencies.size < MAX_DEPENDENCIES) this.#dependencies.add(name);
    const labels = [flowName, this.#dependencies.has(name) ? name : OTHER_DEPENDENCIES, String(extra['outcome'])];
    const key = JSON.stringify(labels);
    let series = this.#callLatency.get(key);
    if (series === undefined) this.#callLatency.set(key, (series = this.#calls(...labels)));
    series.observe(latencyMs / 1000);
  }

  #node(flowName: string, nodeName: string): NodeSeries {
    let nodes = this.#flows.get(flowName);
    if (nodes === undefined) this.#flows.set(flowName, (nodes = new Map<string, NodeSeries>()));
    let node = nodes.get(nodeName);
    if (node === undefined) nodes.set(nodeName, (node = new NodeSeries()));
    return node;
  }
}
