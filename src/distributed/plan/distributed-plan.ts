import { createHash } from 'node:crypto';
import { FlowError, type FlowClass, type FlowPlan, type PlanEdge, type PlanNode } from '../../index.js';
import type { CarrierPlan, QueuePlan } from '../carrier/carrier-plan.js';
import type { TypeBook } from '../codec/type-book.js';
import { isCut, type Cutting } from './cuts.js';
import { distributedSettingsOf } from './distributed.js';
import { MAIN_GROUP, type DistributedSettings } from './distributed-settings.js';
import { RESULT_QUEUE } from '../protocol/result-queue.js';
import { checkCuts } from './plan-unsupported.js';
import { plainQueue, type NodeQueue } from './queue.js';
import { typesOf } from './sent-classes.js';

/** A node that gets messages from a queue. */
export interface EntryPlan extends Omit<NodeQueue, 'node'> {
  /** Name of the node. */
  readonly node: string;
  readonly group: string;
  /** Fed by the client. */
  readonly ingress: boolean;
  /** Names of its queues: one, that of the node, or one for each lane. */
  readonly queues: readonly string[];
}

/** The nodes that run in one process. */
interface GroupPlan {
  readonly name: string;
  /** Names of the nodes, in the order of the flow. */
  readonly members: readonly string[];
  readonly entries: readonly EntryPlan[];
  /** The edges inside it, on which messages stay in the process. */
  readonly local: readonly PlanEdge[];
  /** The edges from its members that go through the carrier, to members with an order among them. */
  readonly cuts: readonly PlanEdge[];
}

/** How a flow is spread over processes. Frozen. */
export interface DistributedPlan {
  readonly flow: string;
  /** Tells plans apart that cannot take each other's messages: equal for equal queues, whatever else has changed. */
  readonly hash: string;
  /** In the order of their first nodes. */
  readonly groups: readonly GroupPlan[];
  /** The edges that go through the carrier, in declaration order. */
  readonly cuts: readonly PlanEdge[];
  /** The nodes that get messages from a queue, in the order of the flow. */
  readonly entries: readonly EntryPlan[];
  readonly results: 'reply' | 'queue' | 'none';
  readonly types: TypeBook;
  /** What the engine needs to have for it. */
  readonly carrier: CarrierPlan;
}

/** What holds for the queue of results. */
const RESULT_LIMITS = { bound: 10_000, maxInFlight: 1_000 };

/**
 * Spreads a flow over processes as its `@Distributed` says.
 *
 * @param plan - that of a flow of this class
 * @throws FlowError `FLOW_NOT_DECORATED`, `INVALID_OPTION`, `PLAN_UNSUPPORTED`
 */
export function distributedPlanOf(flowClass: FlowClass, plan: FlowPlan): DistributedPlan {
  const settings = distributedSettingsOf(flowClass);
  checkNodes(plan, settings);
  const cutting: Cutting = {
    graph: plan,
    groupOf: new Map(plan.nodes.map(({ name, nodeClass }) => [name, settings.groupOf.get(nodeClass) ?? MAIN_GROUP])),
    ordered: namesOf(plan.nodes.filter(({ nodeClass }) => settings.queueOf.get(nodeClass)?.order !== undefined)),
  };
  const cuts = plan.edges.filter((edge) => isCut(cutting, edge));
  const entries = entriesOf(plan, cutting, cuts, settings);
  checkCuts(cutting, plan.flowName);
  const types = typesOf(plan, cuts, settings);
  const carrier = carrierPlanOf(plan.flowName, entries, settings.results);
  const groups = [...new Set(cutting.groupOf.values())].map((name): GroupPlan => {
    const members = plan.nodes.filter((node) => cutting.groupOf.get(node.name) === name).map((node) => node.name);
    const leaving = plan.edges.filter(({ from }) => members.includes(from));
    return Object.freeze({
      name,
      members: Object.freeze(members),
      entries: Object.freeze(entries.filter(({ group }) => group === name)),
      local: Object.freeze(leaving.filter((edge) => !cuts.includes(edge))),
      cuts: Object.freeze(leaving.filter((edge) => cuts.includes(edge))),
    });
  });
  return Object.freeze({
    flow: plan.flowName,
    hash: carrier.hash,
    groups: Object.freeze(groups),
    cuts: Object.freeze(cuts),
    entries: Object.freeze(entries),
    results: settings.results,
    types,
    carrier,
  });
}

/** @throws FlowError `INVALID_OPTION` for what is said of a class that the graph does not have */
function checkNodes({ flowName, nodes }: FlowPlan, { owner, groupOf, queueOf }: DistributedSettings): void {
  const classes = new Set(nodes.map(({ nodeClass }) => nodeClass));
  const said = [
    ...[...groupOf].map(([node, group]) => ({ node, option: `groups.${group}` })),
    ...[...queueOf.keys()].map((node) => ({ node, option: 'queues' })),
  ];
  for (const { node, option } of said) {
    if (classes.has(node)) continue;
    throw new FlowError('INVALID_OPTION', {
      message: `\`${option}\` of ${owner} names ${node.name}, which is not in the graph of flow "${flowName}"`,
      metadata: { option, owner, class: node.name },
      hint: `The nodes of the flow are ${nodes.map(({ nodeClass }) => nodeClass.name).join(', ')}.`,
    });
  }
}

/** @throws FlowError `INVALID_OPTION` for a queue of a node that has none, and for two queues of one name */
function entriesOf(
  { nodes }: FlowPlan,
  { groupOf }: Cutting,
  cuts: readonly PlanEdge[],
  settings: DistributedSettings,
): readonly EntryPlan[] {
  const targets = new Set(cuts.map(({ to }) => to));
  const entries = nodes.flatMap((node): readonly EntryPlan[] => {
    const { name, nodeClass, ingress } = node;
    const given = settings.queueOf.get(nodeClass);
    const group = groupOf.get(name) as string;
    const isOrdered = given?.order !== undefined;
    if (!ingress && !targets.has(name) && !isOrdered) {
      if (given !== undefined) throw noQueue(node, group, settings.owner);
      return [];
    }
    const { node: _, ...options } = given ?? plainQueue(nodeClass);
    const lanes = options.order === undefined ? undefined : Array.from({ length: options.order.lanes }, (_, n) => n);
    const queues = Object.freeze(lanes?.map((lane) => `${name}#${lane}`) ?? [name]);
    return [Object.freeze({ ...options, node: name, group, ingress, queues })];
  });
  const names = entries.flatMap(({ queues }) => queues);
  const double = names.find((name, index) => names.indexOf(name) < index);
  if (double === undefined) return entries;
  throw new FlowError('INVALID_OPTION', {
    message: `Two queues of ${settings.owner} have the name "${double}": of a node, and of a lane of another one`,
    metadata: { option: 'queues', owner: settings.owner },
    hint: 'Give the node another name with `@Node({ name })`.',
  });
}

function noQueue({ name, nodeClass }: PlanNode, group: string, owner: string): FlowError {
  return new FlowError('INVALID_OPTION', {
    message: `\`queues\` of ${owner} has a queue of ${nodeClass.name}, but node "${name}" gets all its messages inside group "${group}"`,
    metadata: { option: 'queues', owner, class: nodeClass.name },
    hint: 'Leave it out; or give it an `order`, or put the node into another group than those that lead to it.',
  });
}

function carrierPlanOf(flow: string, entries: readonly EntryPlan[], results: DistributedPlan['results']): CarrierPlan {
  const queues = entries.flatMap(({ node, queues, bound, maxInFlight, order }) =>
    queues.map((queue, number): QueuePlan => {
      const limits = { queue, bound, maxInFlight: order === undefined ? maxInFlight : 1 };
      return Object.freeze(order === undefined ? limits : { ...limits, lane: Object.freeze({ of: node, number }) });
    }),
  );
  if (results === 'queue') queues.push(Object.freeze({ queue: RESULT_QUEUE, ...RESULT_LIMITS }));
  // A message finds its way by the name of its queue alone.
  const names = queues.map(({ queue }) => queue).sort();
  const hash = createHash('sha256')
    .update(JSON.stringify([flow, names]))
    .digest('hex')
    .slice(0, 16);
  return Object.freeze({ flow, hash, queues: Object.freeze(queues) });
}

function namesOf(nodes: readonly PlanNode[]): ReadonlySet<string> {
  return new Set(nodes.map(({ name }) => name));
}
