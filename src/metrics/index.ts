export { FlowMetrics } from './flow-metrics.js';
export type { FlowMetricsOptions } from './flow-metrics-options.js';
export { LATENCY_OUTCOMES, METRICS, OTHER_TENANTS, type MetricSpec } from './metric-specs.js';
export type { CounterSeries, Exposition, HistogramSeries, MetricsBackend, Sample } from './metrics-backend.js';
export type { MetricsHandler } from './metrics-handler.js';
export { PromBackend } from './prom-backend.js';
export type { HistoryFigures, ObservedHistory } from './observed-history.js';
export type { EngineState, ObservedWorker, QueueFigures } from './observed-worker.js';
