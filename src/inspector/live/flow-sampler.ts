import type { FlowEvent, ListenerHandle, NodeSnapshot, PenguiFlow } from '../../index.js';
import type { LiveDependency, LiveFlow, LiveNode } from '../api-live.js';
import { Latencies } from './latencies.js';

/** Samples that rates are taken over, one a second. */
const RATE_SAMPLES = 6;
/** Samples for which attempts are recent, and again. */
const RECENT_SAMPLES = 10;
const FAILING_MS = 10_000;
const FAILURES_MS = 300_000;
/** Failures that are counted within that time. */
const MOST_FAILURES = 100_000;

/** How the counters stood. */
interface Sample {
  readonly atMs: number;
  readonly started: number;
  readonly failed: number;
  readonly succeeded: readonly number[];
}

/** Samples one flow, while somebody looks. */
export class FlowSampler {
  readonly #flow: PenguiFlow;
  readonly #listeners: readonly ListenerHandle[];
  readonly #latencies: ReadonlyMap<string, Latencies>;
  readonly #samples: Sample[] = [];
  /** When runs failed, oldest first. */
  #failuresMs: number[] = [];
  /** Since when each node has failed so often. */
  readonly #failed = new Map<string, { readonly count: number; readonly sinceMs: number }>();
  #failedRuns = 0;
  #turns = 0;
  readonly #monotonicMs: () => number;

  constructor(flow: PenguiFlow, monotonicMs: () => number) {
    this.#flow = flow;
    this.#monotonicMs = monotonicMs;
    this.#latencies = new Map(flow.plan.nodes.map(({ name }) => [name, new Latencies()]));
    const attempt = (event: FlowEvent): void => this.#attempt(event);
    const types = ['node_success', 'node_error', 'node_timeout'] as const;
    this.#listeners = [
      ...types.map((type) => flow.on(type, attempt)),
      flow.on('trace_end', (event) => this.#runEnded(event)),
    ];
  }

  /** Runs that have failed since it began. */
  get failedRuns(): number {
    return this.#failedRuns;
  }

  /** Takes a sample, without the latest failures, which not everybody may see. */
  sample(): LiveFlow {
    const nowMs = this.#monotonicMs();
    const { nodes, state, traces, startedTraces, dependencies } = this.#flow.snapshot();
    const { ready, stalled, stuck } = this.#flow.health();
    this.#samples.push({
      atMs: nowMs,
      started: startedTraces,
      failed: this.#failedRuns,
      succeeded: nodes.map(({ succeeded }) => succeeded),
    });
    if (this.#samples.length > RATE_SAMPLES) this.#samples.shift();
    if (++this.#turns % RECENT_SAMPLES === 0) for (const each of this.#latencies.values()) each.turn();
    this.#failuresMs = this.#failuresMs.filter((atMs) => nowMs - atMs < FAILURES_MS);
    return {
      name: this.#flow.name,
      state,
      ready,
      stalled: stalled?.hint ?? null,
      active: traces,
      started: startedTraces,
      rate: this.#rate(({ started }) => started),
      failureRate: this.#rate(({ failed }) => failed),
      failures: this.#failuresMs.length,
      retries: nodes.reduce((sum, { retried }) => sum + retried, 0),
      nodes: nodes.map((node, index) => this.#nodeOf(node, index, nowMs, stuck)),
      dependencies: dependencies.map(({ name, breaker }): LiveDependency => ({ name, breaker: breaker ?? 'none' })),
      latestFailures: [],
    };
  }

  end(): void {
    for (const listener of this.#listeners) listener.dispose();
  }

  #nodeOf(node: NodeSnapshot, index: number, nowMs: number, stuck: readonly string[]): LiveNode {
    const latencies = this.#latencies.get(node.name)!;
    // As one literal: with spreads a snapshot of 64 nodes took 2 ms.
    return {
      name: node.name,
      queued: node.queued,
      capacity: node.queueCapacity,
      running: node.running,
      held: Math.max(0, node.inFlight - node.running) + node.waiting + node.throttled,
      rate: this.#rate((sample) => sample.succeeded[index]!),
      p50Ms: latencies.quantile(0.5),
      p95Ms: latencies.quantile(0.95),
      succeeded: node.succeeded,
      failed: node.failed,
      retried: node.retried,
      timedOut: node.timedOut,
      oldestAttemptS: node.oldestAttemptS,
      oldestQueuedS: node.oldestQueuedS,
      failing: this.#isFailing(node.name, node.failed, nowMs),
      stuck: stuck.includes(node.name),
      histogram: latencies.histogram,
    };
  }

  #isFailing(name: string, count: number, nowMs: number): boolean {
    const before = this.#failed.get(name);
    if (before?.count !== count) this.#failed.set(name, { count, sinceMs: before === undefined ? -Infinity : nowMs });
    return nowMs - this.#failed.get(name)!.sinceMs < FAILING_MS;
  }

  #rate(countOf: (sample: Sample) => number): number | null {
    const [first, last] = [this.#samples[0], this.#samples.at(-1)];
    if (first === undefined || last === undefined || last.atMs <= first.atMs) return null;
    return Math.round(((countOf(last) - countOf(first)) * 10_000_000) / (last.atMs - first.atMs)) / 10_000;
  }

  #attempt({ flowName, nodeName, latencyMs }: FlowEvent): void {
    // Those of its playbooks come along.
    if (flowName !== this.#flow.name || latencyMs === null) return;
    this.#latencies.get(nodeName as string)?.add(latencyMs);
  }

  #runEnded({ flowName, extra }: FlowEvent): void {
    if (flowName !== this.#flow.name || (extra['status'] !== 'failed' && extra['status'] !== 'deadline')) return;
    this.#failedRuns++;
    if (this.#failuresMs.length < MOST_FAILURES) this.#failuresMs.push(this.#monotonicMs());
  }
}
