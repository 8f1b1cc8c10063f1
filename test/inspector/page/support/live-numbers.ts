import type { FlowPicture, RunItem } from '#src/inspector/api.js';
import { HISTOGRAM_MS, type LiveFlow, type LiveHistory, type LiveNode } from '#src/inspector/api-live.js';

/** How the flows fare that are shown. */
export type Weather = 'calm' | 'failing' | 'idle';

/** What a flow says of itself at a tick: always the same for the same tick. */
export function liveFlow(picture: FlowPicture, tick: number, weather: Weather, failures: readonly RunItem[]): LiveFlow {
  const isFailing = weather === 'failing';
  const rate = weather === 'idle' ? 0 : 54 + wave(tick, 61) * 9 + wave(tick, 13) * 4;
  return {
    name: picture.name,
    state: 'running',
    ready: true,
    stalled: null,
    active: weather === 'idle' ? 0 : 180 + Math.round(wave(tick, 5) * 40),
    started: 120_000 + tick * Math.round(rate),
    rate: tick === 0 ? null : rate,
    failureRate: tick === 0 ? null : isFailing ? 2.4 + wave(tick, 29) * 1.4 + wave(tick, 7) * 0.6 : 0,
    failures: isFailing ? 42 + tick : 0,
    retries: weather === 'idle' ? 0 : 225 + tick * 3,
    nodes: picture.nodes.map((node, index) => liveNode(node.name, picture.queueMaxsize, index, tick, weather)),
    dependencies: isFailing
      ? [
          { name: 'CardNetwork', breaker: 'open' },
          { name: 'Warehouse', breaker: 'closed' },
        ]
      : [],
    latestFailures: isFailing ? failures : [],
  };
}

export function liveHistory(tick: number): LiveHistory {
  return { waitingRows: 12 + (tick % 7), shedTraces: 0, rejectedRows: 0, degraded: null };
}

function liveNode(name: string, capacity: number, index: number, tick: number, weather: Weather): LiveNode {
  const isIdle = weather === 'idle';
  const isCharge = name === 'Charge' || name === 'Score4';
  const isBad = weather === 'failing' && isCharge;
  const isBehind = !isIdle && (isCharge || name === 'Price' || name === 'Enrich4');
  const rate = isIdle ? 0 : 54 / (1 + (index % 4)) + wave(tick + index, 7) * 5;
  return {
    name,
    queued: isIdle ? 0 : isBehind ? capacity - 2 + (tick % 3) : (index * 5 + tick) % Math.round(capacity / 2),
    capacity,
    running: isIdle ? 0 : 1 + (index % 4),
    held: isBad ? 3 : 0,
    rate: tick === 0 ? null : rate,
    p50Ms: isIdle ? null : 2 + index * 1.7,
    p95Ms: isIdle ? null : isCharge ? 247.9 : 4 + index * 3.3,
    succeeded: isIdle ? 0 : 118_000 + tick * Math.round(rate),
    failed: isBad ? 42 + tick : 0,
    retried: isIdle ? 0 : isCharge ? 12_345 + tick : 0,
    timedOut: isBad ? 17 : 0,
    oldestAttemptS: isIdle ? 0 : isBad ? 34.2 : 0.2,
    oldestQueuedS: isIdle ? 0 : isBehind ? 3.6 : 0.01,
    failing: isBad,
    stuck: isBad && tick % 2 === 0,
    histogram: HISTOGRAM_MS.map((_ms, bucket) => (isIdle ? 0 : bell(bucket, 5 + (index % 5), 900 + tick * 10))).concat(
      0,
    ),
  };
}

/** Between −1 and 1. */
function wave(tick: number, period: number): number {
  return Math.sin((tick / period) * Math.PI * 2);
}

function bell(bucket: number, middle: number, height: number): number {
  return Math.floor(height * Math.exp(-((bucket - middle) ** 2) / 2));
}
