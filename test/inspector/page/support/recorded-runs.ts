import type { AttemptView, EventView, MessageItem, RunItem, RunView, RunnerView } from '#src/inspector/api.js';
import type { LineView } from '#src/inspector/api-live.js';
import { ORDERS } from './pictures-of-flows.js';

/** When the recorded runs began: a fixed afternoon. */
export const BEGIN_MS = Date.UTC(2026, 10, 30, 12, 3, 7, 42);

const TENANTS = ['acme', 'colony-7', 'krill-co'];
const STATUSES = ['succeeded', 'succeeded', 'failed', 'succeeded', 'deadline', 'succeeded', 'cancelled', 'succeeded'];

const ERRORS = [
  'card network: 503 Service Unavailable',
  'card network: 429, try again in 2 s',
  'card network: connection reset by acquirer-2',
];

/** Newest first. Every eighth has failed, or nearly: see {@link STATUSES}. */
export function recordedRuns(count: number): RunItem[] {
  return Array.from({ length: count }, (_none, index) => runItem(count - index));
}

export function runItem(id: number, more: Partial<RunItem> = {}): RunItem {
  const status = STATUSES[id % STATUSES.length]!;
  const isFailed = status === 'failed';
  const startedMs = BEGIN_MS + id * 1_250;
  return {
    id,
    flow: 'Orders',
    traceId: `${(0xd75a28 + id * 7919).toString(16)}9ca4e0ab22b67f5b8b${String(id).padStart(8, '0')}`,
    tenant: TENANTS[id % TENANTS.length]!,
    kind: 'call',
    status,
    startedMs,
    endedMs: startedMs + 40 + ((id * 37) % 4_000),
    attempts: isFailed ? 7 : 4,
    retries: isFailed ? 3 : 0,
    errorCode: isFailed ? 'NODE_EXCEPTION' : status === 'deadline' ? 'DEADLINE_EXCEEDED' : null,
    errorNode: isFailed || status === 'deadline' ? 'Charge' : null,
    errorMessage: isFailed ? ERRORS[id % ERRORS.length]! : null,
    replayOf: null,
    parent: null,
    rowsLeftOut: 0,
    pinned: id % 97 === 0,
    part: null,
    ...more,
  };
}

interface Step {
  readonly node: string;
  readonly attempt?: number;
  /** Milliseconds after the start of the run. */
  readonly sent: number;
  readonly start: number;
  readonly end: number | null;
  readonly outcome?: string;
  readonly error?: string;
}

/** A failed order: it waited for a price and for the card, was tried four times, once into the timeout, after a long backoff. */
const FAILED: readonly Step[] = [
  { node: 'Validate', sent: 0, start: 2.4, end: 6.8 },
  { node: 'Price', sent: 6.8, start: 412, end: 426.6 },
  { node: 'Audit', sent: 6.8, start: 9.1, end: 12.5 },
  {
    node: 'Charge',
    sent: 426.6,
    start: 1_184,
    end: 1_203.8,
    outcome: 'failed',
    error: 'card network: 503 Service Unavailable',
  },
  {
    node: 'Charge',
    attempt: 1,
    sent: 426.6,
    start: 1_703,
    end: 1_714.6,
    outcome: 'failed',
    error: 'card network: 503 Service Unavailable',
  },
  {
    node: 'Charge',
    attempt: 2,
    sent: 426.6,
    start: 2_714,
    end: 2_964,
    outcome: 'timeout',
    error: 'attempt outlived 0.25 s',
  },
  {
    node: 'Charge',
    attempt: 3,
    sent: 426.6,
    start: 8_964,
    end: 8_983.7,
    outcome: 'failed',
    error: 'card network: 503 Service Unavailable',
  },
];

const RUNNING: readonly Step[] = [
  { node: 'Validate', sent: 0, start: 1, end: 5 },
  { node: 'Price', sent: 5, start: 30, end: null, outcome: 'running' },
];

export function failedRun(runner: RunnerView, id = 2): RunView {
  const run = runItem(id, {
    status: 'failed',
    endedMs: BEGIN_MS + id * 1_250 + 8_984,
    attempts: 7,
    retries: 3,
    errorCode: 'NODE_EXCEPTION',
    errorNode: 'Charge',
    errorMessage: 'card network: 503 Service Unavailable',
  });
  return {
    ...runView(run, FAILED, runner),
    otelTraceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    labels: [{ name: 'channel', value: 'web' }],
  };
}

export function runningRun(runner: RunnerView, id: number, here: boolean): RunView {
  const run = runItem(id, {
    status: 'running',
    startedMs: Date.now() - 4_000,
    endedMs: null,
    errorCode: null,
    errorNode: null,
    errorMessage: null,
  });
  return { ...runView(run, RUNNING, runner), here };
}

/** A run of so many attempts, each on a message of its own; every hundredth failed. */
export function longRun(runner: RunnerView, id: number, attempts: number): RunView {
  const steps = Array.from({ length: attempts }, (_none, index): Step => {
    const sent = index * 3;
    const isFailed = index % 100 === 99;
    return {
      node: `Price`,
      sent,
      start: sent + 4 + (index % 7),
      end: sent + 12 + (index % 11),
      ...(isFailed ? { outcome: 'failed', error: 'no price' } : {}),
    };
  });
  return runView(
    runItem(id, { status: 'succeeded', attempts, endedMs: BEGIN_MS + id * 1_250 + attempts * 3 + 40 }),
    steps,
    runner,
  );
}

export function runView(run: RunItem, steps: readonly Step[], runner: RunnerView): RunView {
  const attempts = steps.map((step, index) => attemptView(run, step, index, steps));
  const lines = attempts
    .slice(0, 200)
    .flatMap((attempt): LineView[] => [
      lineOf(run, attempt, attempt.startedMs, 'info', `node_start attempt=${attempt.attempt}`),
      attempt.outcome === 'succeeded'
        ? lineOf(run, attempt, attempt.endedMs!, 'info', 'node_success')
        : lineOf(run, attempt, attempt.endedMs ?? attempt.startedMs, 'error', attempt.error ?? attempt.outcome),
    ]);
  return {
    runner,
    run,
    labels: [],
    attempts,
    messages: attempts
      .filter(({ attempt }) => attempt === 0)
      .slice(0, 300)
      .map(messageOf),
    events: attempts.slice(0, 300).map(eventOf),
    lines: { lines: lines.toSorted((one, other) => one.atMs - other.atMs), cursor: null },
    children: [],
    parent: null,
    picture: ORDERS,
    cut: false,
    otelTraceId: null,
    here: false,
  };
}

function attemptView(run: RunItem, step: Step, index: number, steps: readonly Step[]): AttemptView {
  const first = steps.findIndex(({ node, sent }) => node === step.node && sent === step.sent);
  return {
    seq: index + 1,
    node: step.node,
    attempt: step.attempt ?? 0,
    parentSeq: index === 0 ? null : 1,
    messageId: `msg-${run.id}-${first + 1}`,
    sentMs: run.startedMs + step.sent,
    startedMs: run.startedMs + step.start,
    endedMs: step.end === null ? null : run.startedMs + step.end,
    outcome: step.outcome ?? 'succeeded',
    queuedIn: step.start - step.sent > 100 ? 63 : 0,
    errorCode: step.outcome === 'timeout' ? 'NODE_TIMEOUT' : step.error === undefined ? null : 'NODE_EXCEPTION',
    error: step.error ?? null,
  };
}

function messageOf({ messageId, node, seq }: AttemptView): MessageItem {
  return {
    id: messageId ?? '',
    from: seq === 1 ? null : 'Validate',
    node,
    type: 'Order',
    payloadBytes: 412,
    notKept: null,
  };
}

function eventOf({ startedMs, node, seq, error }: AttemptView): EventView {
  return { atMs: startedMs, type: error === null ? 'node_start' : 'node_error', node, attemptSeq: seq, detail: error };
}

function lineOf(run: RunItem, { node }: AttemptView, atMs: number, level: string, message: string): LineView {
  return {
    atMs: Math.round(atMs),
    level,
    logger: 'penguiflow',
    message,
    flow: run.flow,
    node,
    traceId: run.traceId,
    tenant: run.tenant,
    fields: level === 'error' ? '{"status":503}' : null,
  };
}
