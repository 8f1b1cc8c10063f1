import { FlowError } from '../../index.js';
import { violationOf, type Violation } from './cut-rules.js';
import type { Cutting } from './cuts.js';
import { INGRESS } from './graph-paths.js';

/** What can be done about a violation. */
interface Remedy {
  /** Nodes to put into one group. */
  readonly nodes: readonly string[];
  /** Names of the groups that would do; none where no group helps. */
  readonly groups: readonly string[];
}

/**
 * Checks that a flow is cut only where it can be.
 * @throws FlowError `PLAN_UNSUPPORTED`
 */
export function checkCuts(cutting: Cutting, flow: string): void {
  const violation = violationOf(cutting);
  if (violation === undefined) return;
  const { from, to, why } = violation;
  const remedy = remedyFor(cutting, violation);
  throw new FlowError('PLAN_UNSUPPORTED', {
    message:
      from === INGRESS
        ? `Flow "${flow}" cannot be distributed: ${why}, and each message that comes to "${to}" is worked on by itself`
        : `Flow "${flow}" cannot be cut between ${placeOf(cutting, from)} and ${placeOf(cutting, to)}: ${why}`,
    hint: hintFor(cutting, violation, remedy),
    metadata: { flow, edge: `${from} -> ${to}`, ...remedy },
  });
}

/** The smallest group that is found to be right: what the violation names, and what is found to belong to it then. */
function remedyFor(cutting: Cutting, violation: Violation): Remedy {
  const names = [...new Set(cutting.groupOf.values())];
  let nodes = violation.nodes;
  for (;;) {
    const groups = names.filter((group) => violationOf(together(cutting, nodes, group)) === undefined);
    if (groups.length > 0) return { nodes, groups };
    const next = violationOf(together(cutting, nodes, names[0] as string)) as Violation;
    const more = next.nodes.filter((node) => !nodes.includes(node));
    // No group helps against an order, or the ingress.
    if (more.length === 0) return { nodes: violation.nodes, groups: [] };
    nodes = [...nodes, ...more];
  }
}

function together(cutting: Cutting, nodes: readonly string[], group: string): Cutting {
  const moved = nodes.map((node) => [node, group] as const);
  return { ...cutting, groupOf: new Map([...cutting.groupOf, ...moved]) };
}

function hintFor({ graph, groupOf, ordered }: Cutting, { from }: Violation, { nodes, groups }: Remedy): string {
  if (groups.length > 0) {
    const would = groups.map((group) => `"${group}"`).join(' or ');
    return `Put ${listed(nodes)} into one group; ${would} would do.`;
  }
  if (from === INGRESS) return 'Let one node come first, and put it and what follows into one group.';
  const within = graph.edges.filter((edge) => nodes.includes(edge.from));
  const inOrder = nodes.filter((node) => ordered.has(node) && within.some(({ to }) => to === node));
  const apart = new Set(nodes.map((node) => groupOf.get(node))).size > 1;
  return `Take \`order\` off the queue of ${listed(inOrder)}${apart ? `, and put ${listed(nodes)} into one group` : ''}.`;
}

function placeOf({ groupOf, ordered }: Cutting, node: string): string {
  return `"${node}" (group "${groupOf.get(node)}"${ordered.has(node) ? ', with an order' : ''})`;
}

function listed(nodes: readonly string[]): string {
  const quoted = nodes.map((node) => `"${node}"`);
  const last = quoted.pop() ?? '';
  return quoted.length === 0 ? last : `${quoted.join(', ')} and ${last}`;
}
