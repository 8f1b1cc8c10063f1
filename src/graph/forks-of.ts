import { FlowError } from '../errors/flow-error.js';
import { joinedSourcesOf, type JoinedSources } from '../ports/joined-sources.js';
import { isCollecting } from '../ports/collecting.js';
import { Dominators } from './dominators.js';
import { reachableFrom, type Arc } from './graph-order.js';
import type { FlowPlan, PlanNode } from './flow-plan.js';

/** The ingress, where it is the fork of a join. */
export const INGRESS = Object.freeze({ name: 'OpenSea' });

/** Where the parts of a join part: a node, or the ingress. */
export type Fork = PlanNode | typeof INGRESS;

/** Where the parts of joins that pair by origin part. */
export interface Forks {
  /**
   * By name of the join: the nearest place that all its parts come through. None where all its parts are collected after that place:
   * what has all of a run is of the run, however little there was.
   */
  readonly ofJoin: ReadonlyMap<string, Fork>;
  /** By fork: the other ones that whatever comes to it has passed. */
  readonly above: ReadonlyMap<Fork, ReadonlySet<Fork>>;
}

/** The forks of a plan. */
export function forksOf(plan: Pick<FlowPlan, 'nodes' | 'edges'>): Forks {
  const ofJoin = new Map<string, Fork>();
  const joins = joinsOf(plan).filter(([, { names, byOrigin }]) => byOrigin && names.length > 1);
  if (joins.length === 0) return { ofJoin, above: new Map<Fork, ReadonlySet<Fork>>() };
  const entries = plan.nodes.filter(({ ingress }) => ingress).map(({ name }) => ({ from: INGRESS.name, to: name }));
  const arcs = [...entries, ...plan.edges];
  const dominators = new Dominators(INGRESS.name, arcs);
  const nodes = new Map(plan.nodes.map((node) => [node.name, node]));
  const collecting = new Set(plan.nodes.filter(({ nodeClass }) => isCollecting(nodeClass)).map(({ name }) => name));
  for (const [{ name }, { names }] of joins) {
    const fork = dominators.common(names);
    const apart = uncollected(fork, arcs, collecting);
    if (names.some((source) => apart.has(source))) ofJoin.set(name, nodes.get(fork) ?? INGRESS);
  }
  const forks = [...new Set(ofJoin.values())];
  const isAbove = (one: Fork, other: Fork): boolean => one !== other && dominators.dominates(one.name, other.name);
  return { ofJoin, above: new Map(forks.map((fork) => [fork, new Set(forks.filter((each) => isAbove(each, fork)))])) };
}

/** Where something of a fork comes that has not been collected on its way. */
function uncollected(fork: string, arcs: readonly Arc<string>[], collecting: ReadonlySet<string>): ReadonlySet<string> {
  return reachableFrom(
    [fork],
    arcs.filter(({ to }) => !collecting.has(to)),
  );
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
