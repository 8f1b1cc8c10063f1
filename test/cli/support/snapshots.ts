import type { LiveFlow, LiveNode, LiveSnapshot } from '#src/inspector/api-live.js';

import { RUNNER } from './fake-inspector.js';

export function liveNode(name: string, change: Partial<LiveNode> = {}): LiveNode {
  return {
    ...{
      name,
      queued: 0,
      capacity: 64,
      running: 1,
      held: 0,
      rate: 10,
      p50Ms: 3.21,
      p95Ms: 9.5,
      succeeded: 100,
      failed: 0,
    },
    ...{ retried: 0, timedOut: 0, oldestAttemptS: 0, oldestQueuedS: 0, failing: false, stuck: false },
    histogram: Array.from({ length: 19 }, (_, at) => (at === 4 ? 90 : at === 7 ? 10 : 0)),
    ...change,
  };
}

export function liveFlow(name: string, nodes: readonly LiveNode[], change: Partial<LiveFlow> = {}): LiveFlow {
  return {
    ...{ name, state: 'running', ready: true, stalled: null, active: 12, started: 1_234, rate: 34.5, failureRate: 0.2 },
    ...{ failures: 3, retries: 7, nodes, dependencies: [{ name: 'bank', breaker: 'closed' }], latestFailures: [] },
    ...change,
  };
}

export function snapshot(flows: readonly LiveFlow[], change: Partial<LiveSnapshot> = {}): LiveSnapshot {
  const history = { waitingRows: 0, shedTraces: 0, rejectedRows: 0, degraded: null };
  return { atMs: Date.UTC(2026, 10, 30, 1, 19, 26), flows, history, runner: RUNNER, ...change };
}

/** A flow in trouble. */
export const BUSY = snapshot([
  liveFlow('Orders', [
    liveNode('Price'),
    liveNode('Charge', { queued: 60, failed: 13, failing: true, p95Ms: 812, oldestQueuedS: 4.2, rate: 2.5 }),
    liveNode('Stock', { queued: 63, rate: 120 }),
    liveNode('Ship', { capacity: 0, queued: 5, stuck: true, oldestAttemptS: 75 }),
  ]),
]);
