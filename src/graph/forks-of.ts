import { FlowError } from '../errors/flow-error.js';
import { joinedSourcesOf, type JoinedSources } from '../ports/joined-sources.js';
import { Dominators } from './dominators.js';
import type { FlowPlan, PlanNode } from './flow-plan.js';

/** The ingress, where it is the fork of a join. */
export const INGRESS = Object.freeze({ name: 'OpenSea' });

/** Where the parts of a join part: a node, or the ingress. */
export type Fork = PlanNode | typeof INGRESS;

/** The fork of each join that pairs by origin, by the name of the join: the nearest place that all its parts come through. */
export function forksOf(plan: Pick<FlowPlan, 'nodes' | 'edges'>): ReadonlyMap<string, Fork> {
  const forks = new Map<string, Fork>();
  const joins = joinsOf(plan).filter(([, { names, byOrigin }]) => byOrigin && names.length > 1);
  if (joins.length === 0) return forks;
  const entries = plan.nodes.filter(({ ingress }) => ingress).map(({ name }) => ({ from: INGRESS.name, to: name }));
  const dominators = new Dominators(INGRESS.name, [...entries, ...plan.edges]);
  const nodes = new Map(plan.nodes.map((node) => [node.name, node]));
  for (const [{ name }, { names }] of joins) forks.set(name, nodes.get(dominators.common(names)) ?? INGRESS);
  return forks;
}

/**
 * Checks that what a join waits for can come.
 * @throws FlowError `INVALID_OPTION` for a source that does not lead to its join
 */
export function checkJoins(plan: Pick<FlowPlan, 'flowName' | 'nodes' | 'edges'>): void {
  for (const [{ name, ingress }, { names }] of joinsOf(plan)) {
    const leading = plan.edges.filter(({ to }) => to === name).map(({ from }) => from);
    if (ingress) leading.push(INGRESS.name);
    const strange = names.filter((source) => !leading.includes(source));
    if (strange.length === 0) continue;
    const owner = `joinFrom "${name}"`;
    throw new FlowError('INVALID_OPTION', {
      message: `Expected \`sources\` of ${owner} to be among the nodes that lead to it in flow "${plan.flowName}", ${quoted(leading)}; got ${quoted(strange)}`,
      hint: 'Name nodes with an edge to the join, or add the edge to the graph.',
      nodeName: name,
      metadata: { option: 'sources', owner, flow: plan.flowName, sources: strange },
    });
  }
}

function joinsOf({ nodes }: Pick<FlowPlan, 'nodes'>): readonly (readonly [PlanNode, JoinedSources])[] {
  return nodes.flatMap((node) => {
    const sources = joinedSourcesOf(node.nodeClass);
    return sources === undefined ? [] : [[node, sources] as const];
  });
}

function quoted(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : names.map((name) => `"${name}"`).join(', ');
}
