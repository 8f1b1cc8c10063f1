import type { LineView, LiveFlow, LiveNode, LiveSnapshot } from '../../inspector/api-live.js';
import type { ActionAnswer, AttemptView, Hello, LineList, ReplayView, RunItem } from '../../inspector/api.js';
import type { ShapeOf } from './answer-shape.js';
import type { RunPageView, TraceView } from './run-source.js';

const RUN: ShapeOf<RunItem> = {
  ...{ id: 'number', flow: 'text', traceId: 'text', tenant: 'text', kind: 'text', status: 'text' },
  ...{ startedMs: 'number', endedMs: 'number?', attempts: 'number', retries: 'number' },
  ...{ errorCode: 'text?', errorNode: 'text?', errorMessage: 'text?', replayOf: 'number?', parent: 'number?' },
  ...{ rowsLeftOut: 'number', pinned: 'truth' },
  part: { orNull: { root: 'text', group: 'text?', worker: 'text?', redelivered: 'number' } },
};

const ATTEMPT: ShapeOf<AttemptView> = {
  ...{ seq: 'number', node: 'text', attempt: 'number', parentSeq: 'number?', messageId: 'text?', sentMs: 'number' },
  ...{ startedMs: 'number', endedMs: 'number?', outcome: 'text', queuedIn: 'number', errorCode: 'text?' },
  error: 'text?',
};

const LINE: ShapeOf<LineView> = {
  ...{ atMs: 'number', level: 'text', logger: 'text', message: 'text', flow: 'text?', node: 'text?' },
  ...{ traceId: 'text?', tenant: 'text?', fields: 'text?' },
};
const LINES: ShapeOf<LineList> = { lines: [LINE], cursor: 'text?' };

const NODE: ShapeOf<LiveNode> = {
  ...{ name: 'text', queued: 'number', capacity: 'number', running: 'number', held: 'number', rate: 'number?' },
  ...{ p50Ms: 'number?', p95Ms: 'number?', succeeded: 'number', failed: 'number', retried: 'number' },
  ...{ timedOut: 'number', oldestAttemptS: 'number', oldestQueuedS: 'number', failing: 'truth', stuck: 'truth' },
  histogram: ['number'],
};

const FLOW: ShapeOf<LiveFlow> = {
  ...{ name: 'text', state: 'text', stalled: 'text?', active: 'number', started: 'number', rate: 'number?' },
  ...{ failureRate: 'number?', failures: 'number', retries: 'number', nodes: [NODE] },
  dependencies: [{ name: 'text', breaker: 'text' }],
};

/** What is read of the answers of an inspector, as `src/inspector/api.ts` has them. */
export const ANSWERS: {
  readonly hello: ShapeOf<Hello>;
  readonly runs: ShapeOf<RunPageView>;
  readonly run: ShapeOf<TraceView>;
  readonly lines: ShapeOf<LineList>;
  readonly plan: ShapeOf<ReplayView>;
  readonly action: ShapeOf<ActionAnswer>;
  readonly snapshot: ShapeOf<LiveSnapshot>;
} = {
  hello: { app: 'text', api: 'number', title: 'text', nonce: 'text', actions: ['text'], flows: ['text'] },
  runs: { runs: [RUN], cursor: 'text?', searchedToMs: 'number?' },
  run: {
    run: RUN,
    labels: [{ name: 'text', value: 'text' }],
    attempts: [ATTEMPT],
    events: [{}],
    lines: LINES,
    children: [RUN],
    parent: { orNull: RUN },
    cut: 'truth',
    otelTraceId: 'text?',
  },
  lines: LINES,
  plan: {
    ...{ from: 'text', runs: 'number', notBegun: ['text'], nodes: ['text'], notReplayable: ['text'] },
    ...{ incomplete: ['text'], changed: ['text'], reasons: ['text'], impossible: ['text'], parent: { orNull: RUN } },
  },
  action: { done: 'truth', run: { orNull: RUN } },
  snapshot: {
    atMs: 'number',
    flows: [FLOW],
    history: { degraded: 'text?' },
    runner: { host: 'text', pid: 'number' },
  },
};
