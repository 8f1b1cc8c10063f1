import { expect } from 'chai';
import fc from 'fast-check';
import { collect, FlowError, joinFrom, joinK, type FlowPlan, type NodeClass } from '#src/index.js';
import { queue } from '#src/distributed/index.js';
import { cyclesOf } from '#src/graph/cycles-of.js';
import { forksOf } from '#src/graph/forks-of.js';
import { reachableFrom } from '#src/graph/graph-order.js';
import { pass, rows } from '../../support/nodes.js';
import { arrows, spread, type Spread } from './support/spread.js';

/** One node: what follows it as bits, where it lies, and what it is. */
interface NodeShape {
  readonly next: number;
  readonly group: number;
  readonly kind: 'pass' | 'joinK' | 'joinFrom' | 'collect';
  readonly ordered: boolean;
}

interface Shape {
  readonly nodes: readonly NodeShape[];
  /** Edges may lead back. */
  readonly cyclic: boolean;
  /** What nothing else leads to follows the first node. */
  readonly oneEntry: boolean;
}

/** What the nodes of a graph may be: few graphs that hold everything can be cut. */
const kinds = fc.constantFrom<readonly NodeShape['kind'][]>(
  ['pass', 'pass', 'joinFrom'],
  ['pass', 'pass', 'pass', 'joinK'],
  ['pass', 'pass', 'pass', 'collect'],
  ['pass', 'pass', 'pass', 'joinFrom', 'joinK', 'collect'],
);

/** Nodes that lie together often follow each other: then more cuts are right. */
const nodes = fc.tuple(kinds, fc.boolean(), fc.boolean()).chain(([kinds, inOrder, isSorted]) => {
  const node = fc.record({
    next: fc.noBias(fc.nat(255)),
    group: fc.noBias(fc.nat(2)),
    kind: fc.constantFrom(...kinds),
    ordered: inOrder ? fc.noBias(fc.nat(5)).map((n) => n === 5) : fc.constant(false),
  });
  return fc.array(node, { minLength: 1, maxLength: 7, size: 'large' }).map((list) => {
    const groups = list.map(({ group }) => group);
    if (isSorted) groups.sort((a, b) => a - b);
    return list.map((each, index) => ({ ...each, group: groups[index] as number }));
  });
});
const shape: fc.Arbitrary<Shape> = fc.record({
  nodes,
  cyclic: fc.noBias(fc.nat(2)).map((n) => n === 2),
  oneEntry: fc.boolean(),
});

/** Numbers of the nodes that follow each. */
function edgesOf({ nodes, cyclic, oneEntry }: Shape): readonly (readonly number[])[] {
  const follows = (from: number, to: number): boolean =>
    to !== 0 && to !== from && (cyclic || to > from) && ((nodes[from]?.next ?? 0) & (1 << to)) !== 0;
  const all = [...nodes.keys()];
  const isLost = (to: number): boolean => to !== 0 && !all.some((from) => follows(from, to));
  return all.map((from) => all.filter((to) => follows(from, to) || (oneEntry && from === 0 && isLost(to))));
}

function spreadOf(given: Shape): Spread {
  const followers = edgesOf(given);
  const classes = given.nodes.map(({ kind }, index): NodeClass => {
    const name = `n${index}`;
    const sources = followers.flatMap((list, from) => (list.includes(index) ? [`n${from}`] : []));
    if (kind === 'joinK') return joinK<unknown>(name, 2) as NodeClass;
    if (kind === 'collect') return collect<unknown>(name) as NodeClass;
    if (kind === 'joinFrom' && index > 0 && sources.length > 0)
      return joinFrom(name, sources as [string, ...string[]]) as NodeClass;
    return pass(name) as NodeClass;
  });
  const graph = rows(
    classes.map((each, index) => [each, (followers[index] ?? []).map((to) => classes[to] as NodeClass)]),
    classes.filter((_, index) => index === 0 || !followers.some((list) => list.includes(index))),
  );
  const groups: Record<string, NodeClass[]> = {};
  for (const [index, { group }] of given.nodes.entries()) {
    if (group > 0) (groups[`g${group}`] ??= []).push(classes[index] as NodeClass);
  }
  const queues = classes.flatMap((each, index) =>
    given.nodes[index]?.ordered === true ? [queue(each, { order: { by: () => 1, lanes: 2 } })] : [],
  );
  return spread(graph, { groups, queues });
}

/** The plans of a shape; undefined where the graph is none, or may not be cut so. */
function accepted(given: Shape): Spread | undefined {
  try {
    return spreadOf(given);
  } catch (error) {
    if (FlowError.is(error, 'PLAN_UNSUPPORTED') || FlowError.is(error, 'NODE_UNREACHABLE')) return undefined;
    // A joinFrom that is an ingress, too.
    if (FlowError.is(error, 'INVALID_OPTION') && /sources/.test(error.message)) return undefined;
    throw error;
  }
}

function checkParts({ plan, distributed }: Spread): void {
  const { groups, cuts, entries } = distributed;
  const members = groups.flatMap((group) => group.members);
  expect([...members].sort()).to.deep.equal(plan.nodes.map(({ name }) => name).sort());
  const local = groups.flatMap((group) => group.local);
  expect([...arrows(local), ...arrows(cuts)].sort()).to.deep.equal([...arrows(plan.edges)].sort());
  expect(groups.flatMap((group) => arrows(group.cuts)).sort()).to.deep.equal([...arrows(cuts)].sort());
  for (const group of groups) {
    for (const { from, to } of group.local) expect(group.members).to.include.members([from, to]);
    for (const { from } of group.cuts) expect(group.members).to.include(from);
    for (const entry of group.entries) expect(group.members).to.include(entry.node);
  }
  expect(groups.flatMap((group) => group.entries)).to.have.members(entries);
  const targets = new Set(cuts.map(({ to }) => to));
  for (const { node, ingress } of entries) expect(ingress || targets.has(node), node).to.equal(true);
  expect([...targets].every((to) => entries.some(({ node }) => node === to))).to.equal(true);
  expect(distributed.carrier.queues.map((each) => each.queue)).to.deep.equal(entries.flatMap((each) => each.queues));
}

/** What no cut may part, by the code that runs flows. */
function checkWhole({ plan, distributed }: Spread): void {
  const cut = new Set(arrows(distributed.cuts));
  for (const cycle of cyclesOf(plan)) {
    for (const edge of arrows([...cycle.edges])) expect(cut.has(edge), edge).to.equal(false);
  }
  for (const [join, fork] of forksOf(plan).ofJoin) {
    expect(fork.name).to.not.equal('OpenSea');
    for (const edge of between(plan, fork.name, join)) expect(cut.has(edge), `${edge} to ${join}`).to.equal(false);
  }
  for (const { name, gathers } of plan.nodes) {
    if (gathers !== 'collect') continue;
    const entries = plan.nodes.filter((each) => each.ingress && reachableFrom([each.name], plan.edges).has(name));
    expect(entries).to.have.lengthOf(1);
    for (const edge of between(plan, entries[0]?.name ?? '', name)) expect(cut.has(edge), edge).to.equal(false);
  }
}

/** The edges on the ways from one node to another. */
function between({ edges }: FlowPlan, from: string, to: string): readonly string[] {
  const after = reachableFrom([from], edges);
  const leads = (name: string): boolean => reachableFrom([name], edges).has(to);
  return arrows(edges.filter((edge) => after.has(edge.from) && after.has(edge.to) && leads(edge.to)));
}

describe('a distributed plan of any graph, in any groups', () => {
  it('D3 parts nodes and edges: each is local or cut, and what is cut leads to a queue', () => {
    let plans = 0;
    fc.assert(
      fc.property(shape, (given) => {
        const made = accepted(given);
        if (made === undefined) return;
        plans++;
        checkParts(made);
      }),
      { numRuns: 1_000 },
    );
    expect(plans).to.be.above(300);
  });

  it('D22 cuts no cycle, no way from a fork to its join, and nothing between the ingress and a collect', () => {
    const seen = { cuts: 0, joins: 0, collects: 0, cycles: 0 };
    fc.assert(
      fc.property(shape, (given) => {
        const made = accepted(given) ?? accepted(mended(given));
        if (made === undefined) return;
        checkWhole(made);
        if (made.distributed.cuts.length === 0) return;
        seen.cuts++;
        if (forksOf(made.plan).ofJoin.size > 0) seen.joins++;
        if (made.plan.nodes.some(({ gathers }) => gathers === 'collect')) seen.collects++;
        if (cyclesOf(made.plan).length > 0) seen.cycles++;
      }),
      { numRuns: 2_000 },
    );
    for (const [what, count] of Object.entries(seen)) expect(count, what).to.be.above(5);
  });

  it('D22 refuses nothing where nothing is cut, unless the flow has two entries', () => {
    fc.assert(
      fc.property(shape, (given) => {
        const nodes = given.nodes.map((each) => ({ ...each, group: 1, ordered: false }));
        const followers = edgesOf({ ...given, nodes });
        const entries = nodes.filter((_, index) => index === 0 || !followers.some((list) => list.includes(index)));
        fc.pre(entries.length === 1 && nodes[0]?.kind === 'pass');
        try {
          spreadOf({ ...given, nodes });
        } catch (error) {
          if (!FlowError.is(error, 'NODE_UNREACHABLE')) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });

  it('D22 refuses with groups that do', () => {
    let refused = 0;
    fc.assert(
      fc.property(shape, (given) => {
        const error = errorOf(given);
        if (!FlowError.is(error, 'PLAN_UNSUPPORTED')) return;
        for (const group of error.metadata['groups'] as readonly string[]) {
          refused++;
          expect(errorOf(mended(given, group))).to.equal(undefined);
        }
      }),
      { numRuns: 1_000 },
    );
    expect(refused).to.be.above(100);
  });
});

function errorOf(given: Shape): unknown {
  try {
    spreadOf(given);
    return undefined;
  } catch (error) {
    return error;
  }
}

/** With the nodes that a refusal names in one group: the one that is given, or the first that would do. */
function mended(given: Shape, group?: string): Shape {
  const error = errorOf(given);
  if (!FlowError.is(error, 'PLAN_UNSUPPORTED')) return given;
  const { groups, nodes } = error.metadata as Readonly<Record<'groups' | 'nodes', readonly string[]>>;
  const into = group ?? groups[0];
  if (into === undefined) return given;
  const number = into === 'main' ? 0 : Number(into.slice(1));
  return {
    ...given,
    nodes: given.nodes.map((each, index) => (nodes.includes(`n${index}`) ? { ...each, group: number } : each)),
  };
}
