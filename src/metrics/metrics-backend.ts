import type { MetricSpec } from './metric-specs.js';

/** One series of a counter. */
export interface CounterSeries {
  add(value: number): void;
}

/** One series of a histogram. */
export interface HistogramSeries {
  observe(value: number): void;
}

/** A value and its labels, in the order of the spec. */
export interface Sample {
  readonly labels: readonly string[];
  readonly value: number;
}

/** What a scrape answers. */
export interface Exposition {
  readonly contentType: string;
  readonly body: string;
}

/** Where `FlowMetrics` keeps its numbers; implemented on prom-client, and small enough to implement on something else. */
export interface MetricsBackend {
  /** Throws when one of these metrics cannot be registered; asked before the first one is. Left out: nothing is in the way. */
  check?(specs: readonly MetricSpec[]): void;
  /** A counter whose series are asked for by their labels, in the order of the spec; the caller keeps them. */
  counter(spec: MetricSpec): (...labels: string[]) => CounterSeries;
  /** @param buckets - upper bounds, ascending */
  histogram(spec: MetricSpec, buckets: readonly number[]): (...labels: string[]) => HistogramSeries;
  /** A metric that is read when somebody scrapes; what `read` does not return has no series. */
  sampled(type: 'counter' | 'gauge', spec: MetricSpec, read: () => Iterable<Sample>): void;
  expose(): Promise<Exposition>;
}
