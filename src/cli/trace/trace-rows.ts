import type { AttemptView } from '../../inspector/api.js';

/** What became of one message at one node: its attempts, in order. */
export interface TraceRow {
  readonly node: string;
  readonly attempts: readonly AttemptView[];
  /** It came to nothing. */
  readonly failed: boolean;
}

const BAD: ReadonlySet<string> = new Set(['failed', 'timeout']);

/** A row for each message at a node, in the order in which they were sent. */
export function traceRows(attempts: readonly AttemptView[]): TraceRow[] {
  const rows = new Map<string, AttemptView[]>();
  const open = new Map<string, string[]>();
  for (const attempt of attempts) {
    const key = keyOf(attempt, rows, open);
    const row = rows.get(key);
    if (row === undefined) rows.set(key, [attempt]);
    else row.push(attempt);
  }
  return [...rows.values()]
    .map((each) => each.toSorted((one, other) => one.attempt - other.attempt))
    .map((each) => ({ node: each[0]!.node, attempts: each, failed: BAD.has(each.at(-1)!.outcome) }))
    .toSorted((one, other) => begin(one) - begin(other) || one.attempts[0]!.seq - other.attempts[0]!.seq);
}

/** Where nobody knows the message, a retry belongs to the attempt before it that has waited longest. */
function keyOf(attempt: AttemptView, rows: Map<string, AttemptView[]>, open: Map<string, string[]>): string {
  const { node, messageId, seq } = attempt;
  if (messageId !== null) return `${node}\n${messageId}`;
  const waiting = open.get(node) ?? [];
  open.set(node, waiting);
  const at = waiting.findIndex((key) => rows.get(key)!.at(-1)!.attempt === attempt.attempt - 1);
  const key = at === -1 ? `${node}\n#${seq}` : waiting.splice(at, 1)[0]!;
  if (BAD.has(attempt.outcome)) waiting.push(key);
  return key;
}

function begin({ attempts }: TraceRow): number {
  return Math.min(attempts[0]!.sentMs, attempts[0]!.startedMs);
}
