import { FlowError, type FlowPlan } from '../../index.js';
import type { RunDetail, StoredMessage } from '../queries.js';
import type { StoredRun } from '../rows.js';
import type { KeptPlan } from './plan-json.js';

/** From where a run is done again. */
export type ReplayFrom = 'start' | 'failed' | { readonly attempt: number };

/** What a replay would do. */
export interface ReplayPlan {
  readonly run: StoredRun;
  readonly from: ReplayFrom;
  /** What is put in, and before which node. */
  readonly messages: readonly {
    readonly messageId: string;
    readonly node: string;
    readonly from: string | undefined;
  }[];
  /** Nodes that run, or may. */
  readonly nodes: readonly string[];
  /** Of those, the ones that say `replayable: false`. */
  readonly notReplayable: readonly string[];
  /** Joins and collects among them that these messages alone cannot complete. */
  readonly incomplete: readonly string[];
  /** Nodes that are not as they were when the run was recorded. */
  readonly changed: readonly string[];
  /** The run whose node called this one: alone, its results go nowhere. */
  readonly parent: StoredRun | undefined;
  /** Why `replay` refuses it; empty when it does not. */
  readonly reasons: readonly string[];
  /** Those of them that `force` does not overcome. */
  readonly impossible: readonly string[];
}

/**
 * Finds out what a replay would do.
 * @throws FlowError `INVALID_OPTION` for a `from` that is none
 */
export function planOf(detail: RunDetail, from: ReplayFrom, plan: FlowPlan, parent: StoredRun | undefined): ReplayPlan {
  const { run } = detail;
  const impossible: string[] = [];
  const messages = chosen(detail, from, impossible);
  const names = new Set(plan.nodes.map(({ name }) => name));
  for (const { node } of messages) {
    if (!names.has(node as string)) impossible.push(`node "${node}" is not in flow "${plan.flowName}" any more`);
  }
  for (const { messageId, payloadBytes, notKept } of messages) {
    if (payloadBytes === undefined)
      impossible.push(`the payload of message ${messageId} is not kept${notKept === undefined ? '' : `: ${notKept}`}`);
  }
  if (run.rowsLeftOut > 0 && from === 'start') impossible.push(`${run.rowsLeftOut} rows of the run were left out`);
  const starts = messages.map(({ node }) => node as string);
  const nodes = behind(plan, starts);
  const reached = plan.nodes.filter(({ name }) => nodes.has(name));
  const notReplayable = reached.filter(({ replayable }) => !replayable).map(({ name }) => name);
  const incomplete = from === 'start' ? [] : incompleteOf(plan, starts, nodes);
  const reasons = [
    ...impossible,
    ...notReplayable.map((name) => `node "${name}" says \`replayable: false\``),
    ...incomplete.map((name) => `"${name}" gathers what this alone does not bring; replay from 'start'`),
    ...(run.status === 'running' ? ['the run is under way'] : []),
  ];
  return {
    run,
    from,
    messages: messages.map(({ messageId, node, from: sender }) => ({ messageId, node: node as string, from: sender })),
    nodes: reached.map(({ name }) => name),
    notReplayable,
    incomplete,
    changed: changedNodes(detail.plan, plan),
    parent,
    reasons,
    impossible,
  };
}

function chosen(detail: RunDetail, from: ReplayFrom, impossible: string[]): readonly StoredMessage[] {
  const { run, attempts, messages } = detail;
  if (from === 'start') {
    const ingress = messages.filter((message) => message.from === undefined);
    if (ingress.length === 0) impossible.push('nothing is kept of what came in');
    return ingress;
  }
  const attempt =
    from === 'failed'
      ? attempts.findLast(({ node, outcome }) => node === run.errorNode && outcome !== 'succeeded')
      : attempts.find(({ seq }) => seq === from.attempt);
  if (attempt === undefined) {
    impossible.push(from === 'failed' ? 'no attempt of it failed' : `it has no attempt ${String(from.attempt)}`);
    return [];
  }
  const message = messages.find(({ messageId }) => messageId === attempt.messageId);
  if (message === undefined) {
    impossible.push(`nothing is kept of the message of attempt ${attempt.seq}, at "${attempt.node}"`);
    return [];
  }
  return [{ ...message, node: attempt.node }];
}

function behind({ edges }: FlowPlan, starts: readonly string[]): ReadonlySet<string> {
  const reached = new Set(starts);
  for (const name of reached) for (const { from, to } of edges) if (from === name) reached.add(to);
  return reached;
}

/** A join needs what comes from all of its sources; nobody knows of how much a collect, or a join by number, was made. */
function incompleteOf(plan: FlowPlan, starts: readonly string[], nodes: ReadonlySet<string>): readonly string[] {
  const brought = behind(plan, starts);
  return plan.nodes
    .filter(({ name, gathers, joins }) => {
      if (gathers === undefined || !nodes.has(name)) return false;
      if (gathers === 'collect' || joins === undefined) return true;
      return joins.some((source) => !brought.has(source));
    })
    .map(({ name }) => name);
}

function changedNodes(before: string | undefined, plan: FlowPlan): readonly string[] {
  if (before === undefined) return [];
  const { nodes } = JSON.parse(before) as KeptPlan;
  const now = new Map(plan.nodes.map((node) => [node.name, node]));
  return nodes
    .filter(({ name, class: nodeClass }) => now.get(name)?.nodeClass.name !== nodeClass)
    .map(({ name }) => name);
}

/** @throws FlowError `REPLAY_REFUSED` */
export function mustBePossible({ run, reasons, impossible }: ReplayPlan, force: boolean): void {
  const against = force ? impossible : reasons;
  if (against.length === 0) return;
  throw new FlowError('REPLAY_REFUSED', {
    message: `Run ${run.runId} of flow "${run.flow}" is not replayed: ${against.join('; ')}`,
    traceId: run.traceId,
    metadata: { reasons: against, run_id: run.runId },
  });
}
