import type { FlowErrorPayload } from '../errors/flow-error.js';
import type { FlowEventType } from './flow-event-type.js';
import { frozenCopy } from './frozen-copy.js';

/** The facts of a {@link FlowEvent}, in the order of its constructor. */
export interface FlowEventInit {
  readonly eventType: FlowEventType;
  readonly ts: number;
  readonly flowName: string;
  readonly nodeName: string | null;
  readonly nodeId: string | null;
  readonly traceId: string | null;
  readonly tenant: string | null;
  readonly runId: number | null;
  readonly attempt: number;
  readonly latencyMs: number | null;
  readonly queueDepthIn: number;
  readonly queueDepthOut: number;
  readonly outgoingEdges: number;
  readonly queueMaxsize: number;
  readonly tracePending: number | null;
  readonly traceInflight: number;
  readonly traceCancelled: boolean;
  readonly extra?: Readonly<Record<string, unknown>> | undefined;
  readonly error?: unknown;
  readonly correlation?: Readonly<Record<string, unknown>> | undefined;
  readonly payload?: unknown;
}

const NOTHING: Readonly<Record<string, unknown>> = Object.freeze({});

/**
 * Something that happened in a run, as middlewares see it. Frozen.
 *
 * `toPayload()`, `metricSamples()` and `tagValues()` give the keys and values of PenguiFlow for Python
 * (`penguiflow/metrics.py`), plus `flow_name`, `tenant` and `run`.
 *
 * @example
 * ```ts
 * flow.on('node_success', ({ nodeName, latencyMs }) => console.log(nodeName, latencyMs));
 * ```
 */
export class FlowEvent {
  // `declare`, because a field is defined by a function of its own: docs/performance.md, "declared fields".
  declare readonly eventType: FlowEventType;
  /** When it happened, in seconds since the epoch. */
  declare readonly ts: number;
  declare readonly flowName: string;
  /** The node, or `OpenSea` (ingress) / `Rookery` (egress) for the ends of a cancellation; null for the flow as a whole. */
  declare readonly nodeName: string | null;
  declare readonly nodeId: string | null;
  /** Null for what is of no run, as the tenant then is. */
  declare readonly traceId: string | null;
  /** Of the message that the event is about; of the run in `trace_*` events. */
  declare readonly tenant: string | null;
  /** Counts the runs of the process, so that those of one trace id can be told apart; null for what is of no run. */
  declare readonly runId: number | null;
  /** Counts from 0. */
  declare readonly attempt: number;
  /** How long `process` ran, in milliseconds; 0 on `node_start`, null where nothing ran. */
  declare readonly latencyMs: number | null;
  /** Messages waiting on the floes into the node. */
  declare readonly queueDepthIn: number;
  /** Messages waiting on the floes out of the node. */
  declare readonly queueDepthOut: number;
  declare readonly outgoingEdges: number;
  /** Capacity of a floe of this flow; 0 or less means unbounded. */
  declare readonly queueMaxsize: number;
  /** Messages of the trace that are queued, in flight or waiting at the egress; null when unknown. */
  declare readonly tracePending: number | null;
  /** Messages of the trace that a node is working on. */
  declare readonly traceInflight: number;
  declare readonly traceCancelled: boolean;
  /** Facts that only this event type has (`sleep_s`, `exception`, `flow_error`, `deadline_s` …). */
  declare readonly extra: Readonly<Record<string, unknown>>;
  /** What was thrown, on the events that report a failure. Not part of the payload. */
  declare readonly error: unknown;
  /** Ids under which a tracer knows the attempt (`otel_trace_id`, `otel_span_id`); part of the payload, never of the tags. */
  declare readonly correlation: Readonly<Record<string, unknown>> | undefined;
  readonly #payload: unknown;

  constructor(init: FlowEventInit) {
    this.eventType = init.eventType;
    // Not a number at first, so that the events of a millisecond share one: docs/performance.md, "fractions".
    this.ts = undefined as never;
    this.ts = init.ts;
    this.flowName = init.flowName;
    this.nodeName = init.nodeName;
    this.nodeId = init.nodeId;
    this.traceId = init.traceId;
    this.tenant = init.tenant;
    this.runId = init.runId;
    this.attempt = init.attempt;
    this.latencyMs = undefined as never;
    this.latencyMs = init.latencyMs;
    this.queueDepthIn = init.queueDepthIn;
    this.queueDepthOut = init.queueDepthOut;
    this.outgoingEdges = init.outgoingEdges;
    this.queueMaxsize = init.queueMaxsize;
    this.tracePending = init.tracePending;
    this.traceInflight = init.traceInflight;
    this.traceCancelled = init.traceCancelled;
    this.extra = init.extra === undefined ? NOTHING : frozenCopy(init.extra);
    this.#payload = init.payload;
    // Few events have them; the rest is short: docs/performance.md, "sizes".
    if (init.error !== undefined) hide(this, 'error', init.error);
    if (init.correlation !== undefined) hide(this, 'correlation', init.correlation);
    Object.freeze(this);
  }

  /**
   * The payload of the message the event is about, as the node got it: on the `node_*` events and `deadline_skip`, undefined
   * elsewhere. It is in no payload, sample or tag and never serialised with the event, because it may hold secrets; a
   * listener that keeps events keeps it, too.
   */
  get payload(): unknown {
    return this.#payload;
  }

  /** Depth in and out together. */
  get queueDepth(): number {
    return this.queueDepthIn + this.queueDepthOut;
  }

  /** The payload of the `FlowError` that ended the message, on `node_failed`; undefined elsewhere. Frozen, as all of `extra`. */
  get errorPayload(): FlowErrorPayload | undefined {
    return this.extra['flow_error'] as FlowErrorPayload | undefined;
  }

  /** The JSON-ready form for structured logs. */
  toPayload(): Record<string, unknown> {
    const payload: Record<string, unknown> = {
      ts: this.ts,
      event: this.eventType,
      flow_name: this.flowName,
      node_name: this.nodeName,
      node_id: this.nodeId,
      trace_id: this.traceId,
      tenant: this.tenant,
      run: this.runId,
      latency_ms: this.latencyMs,
      q_depth_in: this.queueDepthIn,
      q_depth_out: this.queueDepthOut,
      q_depth_total: this.queueDepth,
      outgoing: this.outgoingEdges,
      queue_maxsize: this.queueMaxsize,
      attempt: this.attempt,
      trace_inflight: this.traceInflight,
      trace_cancelled: this.traceCancelled,
    };
    if (this.traceId === null) {
      delete payload['trace_id'];
      delete payload['tenant'];
      delete payload['run'];
    }
    if (this.tracePending !== null) payload['trace_pending'] = this.tracePending;
    if (this.extra !== NOTHING) Object.assign(payload, this.extra);
    if (this.correlation !== undefined) Object.assign(payload, this.correlation);
    return payload;
  }

  /** Numbers for a metrics backend; `latency_ms` in `extra` wins over the event's own. */
  metricSamples(): Record<string, number> {
    const samples: Record<string, number> = {
      queue_depth_in: this.queueDepthIn,
      queue_depth_out: this.queueDepthOut,
      queue_depth_total: this.queueDepth,
      attempt: this.attempt,
      trace_inflight: this.traceInflight,
      trace_cancelled: this.traceCancelled ? 1 : 0,
    };
    if (this.tracePending !== null) samples['trace_pending'] = this.tracePending;
    if (this.latencyMs !== null) samples['latency_ms'] = this.latencyMs;
    const override = this.extra['latency_ms'];
    if (override !== undefined && override !== null) {
      const latency = Number(override);
      if (!Number.isNaN(latency)) samples['latency_ms'] = latency;
    }
    return samples;
  }

  /** Strings that describe the event; `extra` adds its strings, numbers and booleans. */
  tagValues(): Record<string, string> {
    const tags: Record<string, string> = { event_type: this.eventType, flow_name: this.flowName };
    if (this.nodeName !== null) tags['node_name'] = this.nodeName;
    if (this.nodeId !== null) tags['node_id'] = this.nodeId;
    if (this.traceId !== null) tags['trace_id'] = this.traceId;
    if (this.tenant !== null) tags['tenant'] = this.tenant;
    for (const [key, value] of Object.entries(this.extra)) {
      if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') {
        tags[key] = String(value);
      }
    }
    return tags;
  }
}

/** Adds what is no part of the event when it is written down or compared. */
function hide(event: FlowEvent, name: 'error' | 'correlation', value: unknown): void {
  Object.defineProperty(event, name, { value });
}
