import { gatheringOf } from '../ports/gathering.js';
import { joinedSourcesOf } from '../ports/joined-sources.js';
import { FlowError } from '../errors/flow-error.js';
import { invalidOption } from '../errors/option-error.js';
import { nodeMetadataOf } from '../metadata/node.js';
import { GRAPH_DRAFT, isFlowGraph, type DraftEdge, type FlowGraph, type GraphDraft } from '../ports/flow-graph.js';
import type { Class, NodeClass } from '../ports/flow-node.js';
import type { NodePolicy } from '../ports/node-policy.js';
import type { FlowPlan, PlanEdge, PlanNode } from './flow-plan.js';
import { checkJoins } from './forks-of.js';
import { findCycle, reachableFrom, topologicalOrder } from './graph-order.js';

/** What the plan needs to know of the flow besides its graph; `FlowMetadata` fits. */
export interface PlanOptions {
  /** Of nodes that say nothing themselves. @defaultValue 1 */
  readonly concurrency?: number | undefined;
  /** Capacity of each floe; 0 or less means unbounded. */
  readonly queueMaxsize: number;
  readonly deliverFailures: boolean;
  readonly afterFailure?: 'cancel' | 'continue' | undefined;
  readonly maxLoop: number;
  readonly blockedMs: number;
  readonly stuckAfterS: number;
  readonly stallS: number;
  readonly chunkStallS: number;
  /** Accepts cycles that were not declared with `back` or `loop`. */
  readonly allowCycles: boolean;
}

/**
 * Validates a graph and freezes it into the plan that the runtime executes. Linear in nodes and edges.
 *
 * @throws FlowError `GRAPH_MISSING`, `EMPTY_GRAPH`, `NODE_NOT_DECORATED`, `DUPLICATE_NODE`, `DUPLICATE_EDGE`, `GRAPH_CYCLE`,
 * `NODE_UNREACHABLE`, `INVALID_OPTION`
 */
export function compilePlan(
  graph: FlowGraph,
  flow: { readonly flowName: string; readonly options: PlanOptions },
): FlowPlan {
  const { flowName, options } = flow;
  const draft = draftOf(graph, flowName);
  const classes = classesOf(draft);
  if (classes.length === 0)
    throw new FlowError('EMPTY_GRAPH', { message: `The graph of flow "${flowName}" has no nodes` });
  const names = namesOf(draft, classes, flowName);
  const nameOf = (nodeClass: NodeClass): string => names.get(nodeClass)!;
  for (const edge of draft.edges) checkCondition(edge, nameOf(edge.from), flowName);
  rejectDuplicateEdges(draft.edges, nameOf, flowName);

  // An edge of a node to itself makes it neither less of an entry nor less of an exit.
  const between = draft.edges.filter((edge) => edge.from !== edge.to);
  const entered = new Set(between.map((edge) => edge.to));
  const left = new Set(between.map((edge) => edge.from));
  const starts = new Set(draft.starts ?? classes.filter((nodeClass) => !entered.has(nodeClass)));

  const forward = draft.edges.filter((edge) => edge.back !== true);
  const cycle = options.allowCycles ? undefined : findCycle(classes, forward);
  if (cycle !== undefined) throw graphCycle(cycle.map(nameOf), flowName);
  rejectUnreachable(classes, reachableFrom(starts, between), nameOf, flowName);

  const plan = Object.freeze({
    flowName,
    nodes: Object.freeze(
      topologicalOrder(classes, forward).map((nodeClass): PlanNode => {
        const { name, validation, replayable, keepPayload } = nodeMetadataOf(nodeClass);
        const policy = policyOf(nodeClass, options.concurrency);
        const ends = { ingress: starts.has(nodeClass), egress: !left.has(nodeClass) };
        return Object.freeze({
          name,
          id: `${flowName}.${name}`,
          nodeClass,
          policy,
          validation,
          replayable,
          keepPayload,
          ...gatheringFacts(nodeClass),
          ...ends,
        });
      }),
    ),
    edges: Object.freeze(draft.edges.map((edge) => planEdge(edge, nameOf))),
    queueMaxsize: options.queueMaxsize,
    deliverFailures: options.deliverFailures,
    afterFailure: options.afterFailure,
    maxLoop: options.maxLoop,
    blockedMs: options.blockedMs,
    stuckAfterS: options.stuckAfterS,
    stallS: options.stallS,
    chunkStallS: options.chunkStallS,
  });
  checkJoins(plan);
  return plan;
}

function gatheringFacts(nodeClass: NodeClass): Pick<PlanNode, 'gathers' | 'joins'> {
  return { gathers: gatheringOf(nodeClass), joins: joinedSourcesOf(nodeClass)?.names };
}

/** The policy of a node, with the default of its flow where it says nothing itself. */
function policyOf(nodeClass: NodeClass, concurrency: number | undefined): NodePolicy {
  const { policy, saysConcurrency } = nodeMetadataOf(nodeClass);
  return saysConcurrency || concurrency === undefined ? policy : Object.freeze({ ...policy, concurrency });
}

function draftOf(graph: FlowGraph, flowName: string): GraphDraft {
  if (isFlowGraph(graph)) return graph[GRAPH_DRAFT]();
  throw new FlowError('GRAPH_MISSING', {
    message: `Flow "${flowName}" has no \`graph\` that was built with start(...)`,
  });
}

/** Every class that is mentioned, in the order of its first mention. */
function classesOf(draft: GraphDraft): readonly NodeClass[] {
  const classes = new Set([...draft.declared, ...(draft.starts ?? [])]);
  for (const { from, to } of draft.edges) classes.add(from).add(to);
  return [...classes];
}

function namesOf(draft: GraphDraft, classes: readonly NodeClass[], flowName: string): ReadonlyMap<NodeClass, string> {
  const byName = new Map<string, NodeClass>();
  for (const nodeClass of classes) {
    const { name } = nodeMetadataOf(nodeClass);
    const other = byName.get(name);
    if (other !== undefined) {
      throw new FlowError('DUPLICATE_NODE', {
        message: `Classes ${other.name} and ${nodeClass.name} are both node "${name}" in flow "${flowName}"`,
        hint: 'Give one of them another name with `@Node({ name })`.',
        metadata: { flow: flowName, node: name },
      });
    }
    byName.set(name, nodeClass);
  }
  const declared = new Set<NodeClass>();
  for (const nodeClass of draft.declared) {
    if (declared.has(nodeClass)) {
      const node = nodeMetadataOf(nodeClass).name;
      throw new FlowError('DUPLICATE_NODE', {
        message: `Node "${node}" is in the graph of flow "${flowName}" twice`,
        hint:
          `Take a subclass for the second one: \`@Node({ name: '${node}2' }) class ${nodeClass.name}2 extends ${nodeClass.name} {}\`. ` +
          'Its `@Node` starts from the defaults: repeat the options.',
        metadata: { flow: flowName, node },
      });
    }
    declared.add(nodeClass);
  }
  return new Map([...byName].map(([name, nodeClass]) => [nodeClass, name]));
}

/** What the types refuse, but data and plain JavaScript may hold. */
function checkCondition({ kind, messageClass, predicate }: DraftEdge, from: string, flowName: string): void {
  const owner = `a branch of node "${from}" in flow "${flowName}"`;
  if (kind === 'class' && typeof messageClass !== 'function') {
    const hint = 'Give the class of the message; one that is undefined here was imported in a circle.';
    throw invalidOption('on', owner, 'a class', messageClass, hint);
  }
  if (kind === 'when' && typeof predicate !== 'function') throw invalidOption('when', owner, 'a function', predicate);
}

/**
 * A message that fits two edges between the same two nodes would be worked on twice. Branches for different classes never
 * take the same message, so several of them may lead to one node.
 */
function rejectDuplicateEdges(
  edges: readonly DraftEdge[],
  nameOf: (node: NodeClass) => string,
  flowName: string,
): void {
  const seen = new Map<NodeClass, Map<NodeClass, Set<Class | undefined>>>();
  for (const { from, to, messageClass } of edges) {
    let targets = seen.get(from);
    if (targets === undefined) seen.set(from, (targets = new Map<NodeClass, Set<Class | undefined>>()));
    const taken = targets.get(to) ?? new Set<Class | undefined>();
    targets.set(to, taken);
    if (taken.has(messageClass) || (taken.size !== 0 && (messageClass === undefined || taken.has(undefined)))) {
      throw new FlowError('DUPLICATE_EDGE', {
        message: `"${nameOf(from)}" and "${nameOf(to)}" are connected twice in flow "${flowName}"`,
        hint: 'Keep one of the edges; where one node takes several classes, use `.when(guard, Node)` or `.otherwise(Node)`.',
        metadata: { flow: flowName, from: nameOf(from), to: nameOf(to) },
      });
    }
    taken.add(messageClass);
  }
}

function graphCycle(path: readonly string[], flowName: string): FlowError {
  const printed = path.join(' -> ');
  return new FlowError('GRAPH_CYCLE', {
    message: `The graph of flow "${flowName}" has a cycle: ${printed}`,
    hint: 'Remove an edge of it, declare it with `.back`, `.backOn` or `.loop`, or set `allowCycles: true` on @Flow.',
    metadata: { flow: flowName, cycle: printed },
  });
}

function rejectUnreachable(
  classes: readonly NodeClass[],
  reached: ReadonlySet<NodeClass>,
  nameOf: (node: NodeClass) => string,
  flowName: string,
): void {
  const lost = classes.filter((nodeClass) => !reached.has(nodeClass)).map(nameOf);
  if (lost.length === 0) return;
  throw new FlowError('NODE_UNREACHABLE', {
    message: `No path leads from the ingress of flow "${flowName}" to ${lost.map((name) => `"${name}"`).join(', ')}`,
    metadata: { flow: flowName, nodes: lost },
  });
}

function planEdge(edge: DraftEdge, nameOf: (node: NodeClass) => string): PlanEdge {
  return Object.freeze({
    from: nameOf(edge.from),
    to: nameOf(edge.to),
    kind: edge.kind,
    ...(edge.messageClass === undefined ? undefined : { messageClass: edge.messageClass }),
    ...(edge.predicate === undefined ? undefined : { predicate: edge.predicate }),
  });
}
