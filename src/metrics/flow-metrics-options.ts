import { Registry } from 'prom-client';
import { FLOW_EVENT_TYPES, FlowError, type FlowEventType } from '../index.js';
import type { MetricsBackend } from './metrics-backend.js';
import { PromBackend } from './prom-backend.js';

/** Options of `FlowMetrics`. */
export interface FlowMetricsOptions {
  /** Where the metrics live; pass prom-client's `register` for the default one. @defaultValue a registry of its own */
  readonly registry?: Registry;
  /** Takes prom-client's place; not together with `registry`. */
  readonly backend?: MetricsBackend;
  /** Tenants with a label of their own; all others are `other`. @defaultValue none */
  readonly tenants?: readonly string[];
  /** Upper bounds of the latency histogram, in seconds, ascending. @defaultValue 1 ms to 60 s */
  readonly buckets?: readonly number[];
  /**
   * Event types that are counted. A node start costs an event per attempt and says nothing that the ends and the attempts
   * in flight don't; runs are counted by metrics of their own.
   * @defaultValue all but `node_start` and those of the beginning and the end of runs and parts
   */
  readonly eventTypes?: readonly FlowEventType[];
}

/** The options with every default filled in. */
export interface ResolvedMetricsOptions {
  readonly backend: MetricsBackend;
  readonly tenants: ReadonlySet<string>;
  readonly buckets: readonly number[];
  readonly eventTypes: ReadonlySet<FlowEventType>;
}

const OPTIONS = ['registry', 'backend', 'tenants', 'buckets', 'eventTypes'];
const UNCOUNTED: readonly FlowEventType[] = ['node_start', 'trace_start', 'trace_end', 'part_start', 'part_end'];
const DEFAULT_BUCKETS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
/** More would let the allow-list itself blow the series up. */
const MAX_TENANTS = 100;

/** @throws FlowError `INVALID_OPTION` */
export function resolveMetricsOptions(options: FlowMetricsOptions): ResolvedMetricsOptions {
  const unknown = Object.keys(options).find((key) => !OPTIONS.includes(key));
  if (unknown !== undefined) throw invalid(unknown, `one of ${OPTIONS.join(', ')}; there is no such option`);
  const { registry, backend, tenants = [], buckets = DEFAULT_BUCKETS_S } = options;
  const eventTypes = options.eventTypes ?? FLOW_EVENT_TYPES.filter((type) => !UNCOUNTED.includes(type));
  if (registry !== undefined && typeof registry?.getSingleMetric !== 'function')
    throw invalid('registry', 'a Registry of prom-client');
  if (backend !== undefined && typeof backend?.sampled !== 'function') throw invalid('backend', 'a MetricsBackend');
  if (backend !== undefined && registry !== undefined) throw invalid('backend', 'alone, without `registry`');
  if (!isListOf(tenants, (tenant) => typeof tenant === 'string') || tenants.length > MAX_TENANTS)
    throw invalid('tenants', `at most ${MAX_TENANTS} strings`);
  if (!isListOf(buckets, isBound) || buckets.some((bound, index) => index > 0 && bound <= buckets[index - 1]!))
    throw invalid('buckets', 'ascending numbers > 0');
  if (!isListOf(eventTypes, (type) => FLOW_EVENT_TYPES.includes(type)))
    throw invalid('eventTypes', `of ${FLOW_EVENT_TYPES.join(', ')}`);
  return Object.freeze({
    backend: backend ?? new PromBackend(registry),
    tenants: new Set(tenants),
    buckets: Object.freeze([...buckets]),
    eventTypes: new Set(eventTypes),
  });
}

function isListOf<T>(value: readonly T[], accepts: (item: T) => boolean): boolean {
  return Array.isArray(value) && value.every(accepts);
}

function isBound(bound: number): boolean {
  return typeof bound === 'number' && Number.isFinite(bound) && bound > 0;
}

function invalid(option: string, expected: string): FlowError {
  return new FlowError('INVALID_OPTION', {
    message: `Expected \`${option}\` of FlowMetrics to be ${expected}`,
    metadata: { owner: 'FlowMetrics', option },
  });
}
