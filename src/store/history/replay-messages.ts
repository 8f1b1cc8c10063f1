import type { FlowPlan } from '../../index.js';
import type { RunDetail, StoredMessage } from '../queries.js';
import type { AttemptRow } from '../rows.js';

/** From where a run is done again. */
export type ReplayFrom = 'start' | 'failed' | { readonly attempt: number };

/** A message that is put in again, and before which nodes. */
export interface ReplayMessage extends StoredMessage {
  readonly nodes: readonly string[];
}

/** What is put in. */
export interface ReplayMessages {
  readonly messages: readonly ReplayMessage[];
  /** Why that cannot be. */
  readonly impossible: string[];
  /** Why it may not be what is wanted. */
  readonly doubts: string[];
}

/** Finds the messages that a replay puts in. */
export function messagesOf(detail: RunDetail, from: ReplayFrom, plan: FlowPlan): ReplayMessages {
  const found: ReplayMessages = { messages: [], impossible: [], doubts: [] };
  if (from === 'start') return { ...found, messages: ingressOf(detail, plan, found) };
  const attempt = from === 'failed' ? failedAttempt(detail, found) : attemptOf(detail, from.attempt, found);
  if (attempt === undefined) return found;
  const message = detail.messages.find(({ messageId }) => messageId === attempt.messageId);
  if (message !== undefined) return { ...found, messages: [{ ...message, nodes: [attempt.node] }] };
  found.impossible.push(`nothing is kept of the message of attempt ${attempt.seq}, at "${attempt.node}"`);
  return found;
}

/** A message has one row, whichever nodes it went to: their attempts say so. */
function ingressOf(
  { attempts, messages, cut }: RunDetail,
  plan: FlowPlan,
  { impossible, doubts }: ReplayMessages,
): readonly ReplayMessage[] {
  const isInner = new Set(messages.filter(({ from }) => from !== undefined).map(({ messageId }) => messageId));
  const isIngress = new Set(plan.nodes.filter(({ ingress }) => ingress).map(({ name }) => name));
  const nodesOf = new Map<string, Set<string>>();
  for (const { node, messageId, parentSeq } of attempts) {
    if (messageId === undefined || parentSeq !== undefined || isInner.has(messageId)) continue;
    nodesOf.set(messageId, (nodesOf.get(messageId) ?? new Set()).add(node));
  }
  const ingress = messages.filter(({ from }) => from === undefined);
  const keptIds = new Set(ingress.map(({ messageId }) => messageId));
  const lost = [...nodesOf].filter(([id, nodes]) => !keptIds.has(id) && [...nodes].some((name) => isIngress.has(name)));
  if (ingress.length === 0) impossible.push('nothing is kept of what came in');
  else if (lost.length > 0) {
    doubts.push(`${ingress.length} of the ${ingress.length + lost.length} messages that came in are kept`);
  }
  if (cut) doubts.push('the run has more rows than are read: there may be more that came in');
  return ingress.map((message) => {
    return { ...message, nodes: [...new Set([message.node as string, ...(nodesOf.get(message.messageId) ?? [])])] };
  });
}

function attemptOf({ attempts }: RunDetail, seq: number, { impossible }: ReplayMessages): AttemptRow | undefined {
  const attempt = attempts.find((each) => each.seq === seq);
  if (attempt === undefined) impossible.push(`it has no attempt ${String(seq)}`);
  return attempt;
}

/** The attempt whose failure is the run's. Others at the node may have been cancelled by it, or failed later, or be tried again. */
function failedAttempt(
  { run, attempts, messages }: RunDetail,
  { impossible, doubts }: ReplayMessages,
): AttemptRow | undefined {
  const here = attempts.filter(({ node }) => node === run.errorNode);
  const last = [...new Map(here.map((attempt) => [attempt.messageId, attempt])).values()];
  const failed = last.filter(({ outcome }) => outcome === 'failed' || outcome === 'timeout');
  const alike = someOr(failed, ({ errorCode }) => errorCode === run.errorCode);
  const kept = new Set(
    messages.filter(({ payloadBytes }) => payloadBytes !== undefined).map(({ messageId }) => messageId),
  );
  const candidates = someOr(
    someOr(alike, ({ messageId }) => kept.has(messageId as string)),
    ({ error }) => error === run.errorMessage,
  ).toSorted((a, b) => endOf(a) - endOf(b) || a.seq - b.seq);
  const [first, second] = candidates;
  if (first === undefined) impossible.push('no attempt of it failed');
  else if (second !== undefined && !isFirst(first, candidates)) {
    const seqs = candidates.map(({ seq }) => seq).join(', ');
    doubts.push(
      `the attempts ${seqs} at "${first.node}" failed alike, and which was first is not known; say which: \`from: { attempt: ${first.seq} }\``,
    );
  }
  return first;
}

/** One that failed earlier on fewer tries may have waited for another one. */
function isFirst(first: AttemptRow, candidates: readonly AttemptRow[]): boolean {
  return candidates.every((each) => each === first || (endOf(first) < endOf(each) && first.attempt >= each.attempt));
}

function endOf({ endedMs }: AttemptRow): number {
  return endedMs ?? Infinity;
}

/** Those for which it holds; all, where it holds for none. */
function someOr<Value>(values: readonly Value[], holds: (value: Value) => boolean): readonly Value[] {
  const some = values.filter(holds);
  return some.length === 0 ? values : some;
}
