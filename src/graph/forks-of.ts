import { FlowError } from '../errors/flow-error.js';
import { JOINED_SOURCES, joinedSourcesOf, type JoinedSources } from '../ports/joined-sources.js';
import { gatheringOf } from '../ports/gathering.js';
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
  const collecting = new Set(
    plan.nodes.filter(({ nodeClass }) => gatheringOf(nodeClass) === 'collect').map(({ name }) => name),
  );
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
 * Checks that what a join waits for can come, and that it knows whatever comes.
 * @throws FlowError `INVALID_OPTION` for a source that does not lead to its join, and for a node that does and is no source
 */
export function checkJoins(plan: Pick<FlowPlan, 'flowName' | 'nodes' | 'edges'>): void {
  for (const [{ name, ingress, nodeClass }, { names }] of joinsOf(plan)) {
    const leading = [...new Set(plan.edges.filter(({ to }) => to === name).map(({ from }) => from))];
    if (ingress) leading.push(INGRESS.name);
    const where = `of joinFrom "${name}"`;
    const fails = (expected: string, hint: string, sources: readonly string[]): FlowError =>
      new FlowError('INVALID_OPTION', {
        message: `Expected \`sources\` ${where} to ${expected}; got ${quoted(sources)}`,
        hint,
        nodeName: name,
        metadata: { option: 'sources', owner: `joinFrom "${name}"`, flow: plan.flowName, sources },
      });
    const strange = names.filter((source) => !leading.includes(source));
    if (strange.length > 0) {
      const expected = `be among the nodes that lead to it in flow "${plan.flowName}", ${quoted(leading)}`;
      throw fails(expected, 'Name nodes with an edge to the join, or add the edge to the graph.', strange);
    }
    const unnamed = leading.filter((source) => !names.includes(source));
    // A class that extends a join may know what to do with others.
    if (unnamed.length === 0 || !Object.hasOwn(nodeClass, JOINED_SOURCES)) continue;
    const expected = `name every node that leads to it in flow "${plan.flowName}", also ${quoted(unnamed)}`;
    throw fails(expected, 'Name the node in `sources`, or take its edge to the join out of the graph.', names);
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
