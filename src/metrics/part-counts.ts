import type { FlowEvent, FlowEventType } from '../index.js';
import { METRICS } from './metric-specs.js';
import type { CounterSeries, HistogramSeries } from './metrics-backend.js';
import type { ResolvedMetricsOptions } from './flow-metrics-options.js';

/** What is counted of parts, by the event that says it. */
const COUNTED = {
  message_redelivered: METRICS.partRedeliveries,
  message_published: METRICS.partPublished,
  message_dropped: METRICS.partDropped,
  dead_letter: METRICS.partDeadLetters,
  lease_lost: METRICS.partLeasesLost,
  clock_skew: METRICS.clockSkews,
} as const;

/** The event types that the metrics of parts need. */
export const PART_EVENTS: readonly FlowEventType[] = [...(Object.keys(COUNTED) as FlowEventType[]), 'part_end'];

/** Counts the parts that a process works on, where a flow runs in several. Runs are counted by whoever began them. */
export class PartCounts {
  readonly #latency: (...labels: string[]) => HistogramSeries;
  readonly #counters: ReadonlyMap<string, (...labels: string[]) => CounterSeries>;
  /** The series that exist so far. */
  readonly #counts = new Map<string, CounterSeries>();
  readonly #latencies = new Map<string, HistogramSeries>();

  constructor({ backend, buckets }: ResolvedMetricsOptions) {
    this.#latency = backend.histogram(METRICS.partLatency, buckets);
    this.#counters = new Map(Object.entries(COUNTED).map(([type, spec]) => [type, backend.counter(spec)]));
  }

  on(event: FlowEvent): void {
    const { eventType } = event;
    if (eventType === 'part_end') this.#onEnd(event);
    const counter = this.#counters.get(eventType);
    if (counter === undefined) return;
    const labels = eventType === 'clock_skew' ? [event.flowName] : [event.flowName, event.nodeName ?? ''];
    const key = JSON.stringify([eventType, ...labels]);
    let series = this.#counts.get(key);
    if (series === undefined) this.#counts.set(key, (series = counter(...labels)));
    series.add(1);
  }

  #onEnd({ extra, flowName, latencyMs }: FlowEvent): void {
    // One that began before anybody listened.
    if (latencyMs === null) return;
    const labels = [flowName, String(extra['status'])];
    const key = JSON.stringify(labels);
    let series = this.#latencies.get(key);
    if (series === undefined) this.#latencies.set(key, (series = this.#latency(...labels)));
    series.observe(latencyMs / 1000);
  }
}
