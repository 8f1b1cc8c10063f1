import type { LogRecord } from '../../logging/lines/log-record.js';
import type { AttemptView, PartItem, RunItem } from '../../inspector/api.js';
import type { TraceView } from '../sources/run-source.js';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

const OUTCOMES: Readonly<Record<string, string>> = {
  node_success: 'succeeded',
  node_error: 'failed',
  node_timeout: 'timeout',
  node_cancelled: 'cancelled',
  node_trace_cancelled: 'cancelled',
};

/**
 * A trace as its lines tell of it: the run that nobody called, and those that it called. When messages were sent, and which, they do not say.
 */
export function traceFromLog(records: readonly LogRecord[]): TraceView {
  const runs = new Map<string, LogRecord[]>();
  for (const record of records) {
    if (record.fields.get('event') === undefined) continue;
    // Each process counts its own.
    const key = ['flow_name', 'worker_id', 'run'].map((field) => String(record.fields.get(field))).join(' ');
    const run = runs.get(key);
    if (run === undefined) runs.set(key, [record]);
    else run.push(record);
  }
  const groups = [...runs.values()];
  const isCalled = (run: LogRecord[]): boolean =>
    run.some(({ fields }) => typeof fields.get('parent_run') === 'number');
  const isBegun = (run: LogRecord[]): boolean => run.some(({ fields }) => fields.get('event') === 'trace_start');
  const uncalled = groups.filter((run) => !isCalled(run));
  const main = uncalled.find(isBegun) ?? uncalled[0] ?? groups[0] ?? records;
  const children = groups.filter((run) => run !== main).map((run) => runFromLog(run).run);
  return { ...runFromLog(main), children };
}

/** Its lines bear the root, and those of a worker who it is. */
function partOf(records: readonly LogRecord[]): PartItem | null {
  const root = textOf(records, 'root');
  if (root === undefined) return null;
  const isAgain = records.some(({ fields }) => fields.get('redelivered') === true);
  return { root, group: null, worker: textOf(records, 'worker_id') ?? null, redelivered: isAgain ? 1 : 0 };
}

function runFromLog(records: readonly LogRecord[]): TraceView {
  const flow = textOf(records, 'flow_name') ?? '';
  const first = records[0]!;
  const run: Mutable<RunItem> = {
    ...{
      id: 0,
      flow,
      traceId: textOf(records, 'trace_id') ?? '',
      tenant: textOf(records, 'tenant') ?? 'default',
      kind: 'unknown',
    },
    ...{ status: 'running', startedMs: timeOf(first), endedMs: null, attempts: 0, retries: 0 },
    ...{
      errorCode: null,
      errorNode: null,
      errorMessage: null,
      replayOf: null,
      parent: null,
      rowsLeftOut: 0,
      pinned: false,
    },
    part: partOf(records),
  };
  const attempts: Mutable<AttemptView>[] = [];
  const begun = new Map<string, Mutable<AttemptView>[]>();
  for (const record of records) {
    const event = record.fields.get('event');
    if (event === 'trace_start' || event === 'part_start') begin(run, record);
    else if (event === 'trace_end' || event === 'part_end') end(run, record);
    else if (event === 'node_start') {
      const waiting = begun.get(keyOf(record)) ?? [];
      begun.set(keyOf(record), waiting);
      waiting.push(addAttempt(attempts, record, 'running', null));
    } else if (typeof event === 'string' && Object.hasOwn(OUTCOMES, event)) {
      settle(attempts, begun, record, OUTCOMES[event]!);
    } else if (event === 'node_failed') fail(run, record);
  }
  run.startedMs = Math.min(run.startedMs, ...attempts.map(({ startedMs }) => startedMs));
  if (run.attempts === 0) run.attempts = attempts.length;
  if (run.retries === 0) run.retries = attempts.filter(({ attempt }) => attempt > 0).length;
  return {
    run,
    labels: [],
    attempts,
    events: [],
    lines: { lines: [], cursor: null },
    children: [],
    parent: null,
    cut: false,
    otelTraceId: null,
  };
}

function begin(run: Mutable<RunItem>, { fields, timeMs }: LogRecord): void {
  run.startedMs = Math.min(run.startedMs, secondsOf(fields.get('ts'), timeMs));
  run.kind = textIn(fields.get('kind')) ?? run.kind;
}

function end(run: Mutable<RunItem>, record: LogRecord): void {
  const { fields } = record;
  run.status = textIn(fields.get('status')) ?? 'succeeded';
  run.endedMs = timeOf(record);
  run.attempts = numberOf(fields.get('attempts')) ?? 0;
  run.retries = numberOf(fields.get('retries')) ?? 0;
  const [code, node, message] = ['error_code', 'error_node', 'exception'].map((name) => fields.get(name));
  if (typeof code === 'string') run.errorCode = code;
  if (typeof node === 'string') run.errorNode = node;
  if (typeof message === 'string') run.errorMessage = message;
}

function fail(run: Mutable<RunItem>, { fields }: LogRecord): void {
  if (run.errorMessage === null) run.errorMessage = textIn(fields.get('exception'));
}

function settle(
  attempts: Mutable<AttemptView>[],
  begun: ReadonlyMap<string, Mutable<AttemptView>[]>,
  record: LogRecord,
  outcome: string,
): void {
  const started = begun.get(keyOf(record))?.shift();
  const attempt = started ?? addAttempt(attempts, record, outcome, timeOf(record));
  attempt.outcome = outcome;
  attempt.endedMs = timeOf(record);
  const latencyMs = numberOf(record.fields.get('latency_ms'));
  if (started === undefined && latencyMs !== undefined) attempt.startedMs = attempt.endedMs - latencyMs;
  attempt.sentMs = attempt.startedMs;
  attempt.error = textIn(record.fields.get('exception'));
}

function addAttempt(
  attempts: Mutable<AttemptView>[],
  record: LogRecord,
  outcome: string,
  endedMs: number | null,
): Mutable<AttemptView> {
  const atMs = timeOf(record);
  const attempt = {
    ...{
      seq: attempts.length + 1,
      node: String(record.fields.get('node_name')),
      attempt: numberOf(record.fields.get('attempt')) ?? 0,
    },
    ...{
      parentSeq: null,
      messageId: null,
      sentMs: atMs,
      startedMs: atMs,
      endedMs,
      outcome,
      queuedIn: 0,
      errorCode: null,
      error: null,
    },
  };
  attempts.push(attempt);
  return attempt;
}

function keyOf({ fields }: LogRecord): string {
  return `${String(fields.get('node_name'))} ${String(fields.get('attempt'))}`;
}

function timeOf({ fields, timeMs }: LogRecord): number {
  return secondsOf(fields.get('ts'), timeMs);
}

function secondsOf(value: unknown, fallback: number): number {
  return typeof value === 'number' ? value * 1_000 : fallback;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function textIn(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

function textOf(records: readonly LogRecord[], name: string): string | undefined {
  for (const { fields } of records) {
    const value = fields.get(name);
    if (typeof value === 'string') return value;
  }
  return undefined;
}
