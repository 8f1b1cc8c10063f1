import { FlowError, type FlowPlan } from '../../index.js';
import type { RunDetail } from '../queries.js';
import type { StoredRun } from '../rows.js';
import { isRevived, type KeptPlan } from './plan-json.js';
import { messagesOf, type ReplayFrom, type ReplayMessage } from './replay-messages.js';

/** What a replay would do. */
export interface ReplayPlan {
  readonly run: StoredRun;
  readonly from: ReplayFrom;
  /** What is put in, and before which node. */
  readonly messages: readonly {
    readonly messageId: string;
    /** The first of those that it goes to. */
    readonly node: string;
    /** All of those. */
    readonly nodes: readonly string[];
    readonly from: string | undefined;
  }[];
  /** New runs that it takes: one per message, as each is put in alone. */
  readonly runs: number;
  /** From the start of a run that did not succeed: ingress nodes that had begun nothing when it ended. Nobody knows whether they were meant, so they get nothing. */
  readonly notBegun: readonly string[];
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

/** What a replay is to be of. */
export interface ReplayWish {
  readonly from: ReplayFrom;
  /** Another payload takes the place of the kept one. */
  readonly isEdited: boolean;
}

/**
 * Finds out what a replay would do.
 * @throws FlowError `INVALID_OPTION` for a `from` that is none
 */
export function planOf(
  detail: RunDetail,
  { from, isEdited }: ReplayWish,
  plan: FlowPlan,
  parent: StoredRun | undefined,
): ReplayPlan {
  const { run } = detail;
  const { messages, impossible, doubts } = messagesOf(detail, from, plan);
  const starts = messages.flatMap(({ nodes }) => nodes);
  const names = new Set(plan.nodes.map(({ name }) => name));
  for (const node of new Set(starts)) {
    if (!names.has(node)) impossible.push(`node "${node}" is not in flow "${plan.flowName}" any more`);
  }
  for (const { messageId, payloadBytes, notKept } of messages) {
    if (payloadBytes === undefined)
      impossible.push(`the payload of message ${messageId} is not kept${notKept === undefined ? '' : `: ${notKept}`}`);
  }
  if (run.rowsLeftOut > 0 && from === 'start') impossible.push(`${run.rowsLeftOut} rows of the run were left out`);
  const nodes = behind(plan, starts);
  const reached = plan.nodes.filter(({ name }) => nodes.has(name));
  const notReplayable = reached.filter(({ replayable }) => !replayable).map(({ name }) => name);
  const incomplete = incompleteOf(plan, messages, from);
  const notBegun = from === 'start' && run.status !== 'succeeded' ? notBegunOf(detail, plan) : [];
  const lost = isEdited ? [] : messages.filter(({ type }) => !isRevived(type, plan));
  const reasons = [
    ...impossible,
    ...notReplayable.map((name) => `node "${name}" says \`replayable: false\``),
    ...incomplete.map((name) => `"${name}" gathers what ${lacking(from, messages.length)}`),
    ...lost.map(
      ({ messageId, type, nodes: [node] }) =>
        `message ${messageId} would come back as a plain object: the plan names no class "${type}"; say \`@Node({ input: ${type} })\` at "${node}"`,
    ),
    ...doubts,
    ...(run.status === 'running' ? ['the run is under way'] : []),
  ];
  return {
    run,
    from,
    messages: messages.map(({ messageId, nodes: to, from: sender }) => ({
      ...{ messageId, node: to[0] as string, nodes: to, from: sender },
    })),
    runs: messages.length,
    notBegun,
    nodes: reached.map(({ name }) => name),
    notReplayable,
    incomplete,
    changed: changedNodes(detail.plan, plan),
    parent,
    reasons,
    impossible,
  };
}

function behind({ edges }: FlowPlan, starts: readonly string[]): ReadonlySet<string> {
  const reached = new Set(starts);
  for (const name of reached) for (const { from, to } of edges) if (from === name) reached.add(to);
  return reached;
}

/**
 * A join needs what comes from all of its sources; nobody knows of how much a collect, or a join by number, was made, unless all that came
 * in goes into one run again.
 */
function incompleteOf(plan: FlowPlan, messages: readonly ReplayMessage[], from: ReplayFrom): readonly string[] {
  const isWhole = from === 'start' && messages.length === 1;
  const brought = messages.map(({ nodes }) => behind(plan, nodes));
  return plan.nodes
    .filter(({ name, gathers, joins }) => {
      const reached = brought.filter((nodes) => nodes.has(name));
      if (gathers === undefined || reached.length === 0) return false;
      if (gathers === 'collect' || joins === undefined) return !isWhole;
      return joins.some((source) => reached.some((nodes) => !nodes.has(source)));
    })
    .map(({ name }) => name);
}

function lacking(from: ReplayFrom, messages: number): string {
  if (from !== 'start') return "this alone does not bring; replay from 'start'";
  return messages > 1
    ? `came in as ${messages} messages, each of which becomes a run of its own`
    : 'did not all begin before the run ended';
}

/** A message may have been for some of the ingress nodes only. */
function notBegunOf({ attempts }: RunDetail, { nodes }: FlowPlan): readonly string[] {
  const begun = new Set(attempts.map(({ node }) => node));
  return nodes.filter(({ name, ingress }) => ingress && !begun.has(name)).map(({ name }) => name);
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
