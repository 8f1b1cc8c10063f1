import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { FlowError } from '../index.js';
import type { MetricSpec } from './metric-specs.js';
import type { CounterSeries, Exposition, HistogramSeries, MetricsBackend, Sample } from './metrics-backend.js';

/**
 * Keeps the numbers in a prom-client registry; what `FlowMetrics` uses unless it is given another backend.
 *
 * @example
 * ```ts
 * const metrics = new FlowMetrics({ backend: new PromBackend(register) });
 * ```
 */
export class PromBackend implements MetricsBackend {
  readonly registry: Registry;

  /** @param registry - @defaultValue one of its own */
  constructor(registry: Registry = new Registry()) {
    this.registry = registry;
  }

  /** @throws FlowError `INVALID_OPTION` when the registry has one of them */
  check(specs: readonly MetricSpec[]): void {
    const taken = specs.find(({ name }) => this.registry.getSingleMetric(name) !== undefined);
    if (taken === undefined) return;
    throw new FlowError('INVALID_OPTION', {
      message: `Expected \`registry\` of FlowMetrics to have no metric "${taken.name}" yet`,
      hint: 'Use one FlowMetrics for all flows that share a registry: `metrics.observe(flow)` takes any number.',
      metadata: { owner: 'FlowMetrics', option: 'registry' },
    });
  }

  counter(spec: MetricSpec): (...labels: string[]) => CounterSeries {
    const counter = new Counter(this.#config(spec));
    return (...labels) => {
      const series = counter.labels(...labels);
      return { add: (value) => series.inc(value) };
    };
  }

  histogram(spec: MetricSpec, buckets: readonly number[]): (...labels: string[]) => HistogramSeries {
    const histogram = new Histogram({ ...this.#config(spec), buckets: [...buckets] });
    return (...labels) => histogram.labels(...labels);
  }

  sampled(type: 'counter' | 'gauge', spec: MetricSpec, read: () => Iterable<Sample>): void {
    const config = this.#config(spec);
    if (type === 'gauge') {
      const gauge = new Gauge({
        ...config,
        collect: () => {
          gauge.reset();
          for (const { labels, value } of read()) gauge.labels(...labels).set(value);
        },
      });
    } else {
      const counter = new Counter({
        ...config,
        collect: () => {
          counter.reset();
          for (const { labels, value } of read()) counter.labels(...labels).inc(value);
        },
      });
    }
  }

  async expose(): Promise<Exposition> {
    return { contentType: this.registry.contentType, body: await this.registry.metrics() };
  }

  #config({ name, help, labels }: MetricSpec): {
    name: string;
    help: string;
    labelNames: string[];
    registers: Registry[];
  } {
    return { name, help, labelNames: [...labels], registers: [this.registry] };
  }
}
