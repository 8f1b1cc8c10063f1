import { expect } from 'chai';
import fc from 'fast-check';
import { joinFrom, type NodeClass } from '#src/index.js';
import { compilePlan } from '#src/graph/compile-plan.js';
import { Dominators } from '#src/graph/dominators.js';
import { forksOf } from '#src/graph/forks-of.js';
import { reachableFrom } from '#src/graph/graph-order.js';
import type { FlowPlan } from '#src/graph/flow-plan.js';
import type { UncheckedRow } from '#src/graph/unchecked-graph.js';
import { pass, rows } from '../support/nodes.js';
import { thrownBy } from '../support/thrown-by.js';
import { nearestOfAll } from './support/dominates.js';

const OPTIONS = {
  queueMaxsize: 64,
  deliverFailures: true,
  maxLoop: 1_000,
  blockedMs: 100,
  stuckAfterS: 60,
  stallS: 10,
  chunkStallS: 30,
  allowCycles: true,
};

function planOf(list: readonly UncheckedRow[], startAt?: readonly NodeClass[]): FlowPlan {
  return compilePlan(rows(list, startAt), { flowName: 'flow', options: OPTIONS });
}

/** The names of the forks by join. */
function forkNames(list: readonly UncheckedRow[], startAt?: readonly NodeClass[]): Record<string, string> {
  return Object.fromEntries([...forksOf(planOf(list, startAt)).ofJoin].map(([join, fork]) => [join, fork.name]));
}

describe('the fork of a join', () => {
  const [src, a, b, c, end] = [pass('src'), pass('a'), pass('b'), pass('c'), pass('end')];

  it('R19b is the nearest node that all its sources come through', () => {
    const join = joinFrom('join', ['b', 'c']);
    const list = [
      [src, [a]],
      [a, [b, c]],
      [b, [join]],
      [c, [join]],
    ] as const;
    expect(forkNames(list)).to.deep.equal({ join: 'a' });
  });

  it('R19b is the ingress where they have no node in common', () => {
    const join = joinFrom('join', ['a', 'b']);
    const list = [
      [a, [join]],
      [b, [join]],
    ] as const;
    expect(forkNames(list)).to.deep.equal({ join: 'OpenSea' });
  });

  it('R19b is a source of the join where the others come through that one', () => {
    const join = joinFrom('join', ['a', 'b']);
    const list = [
      [src, [a]],
      [a, [b, join]],
      [b, [join]],
    ] as const;
    expect(forkNames(list)).to.deep.equal({ join: 'a' });
  });

  it('R19b may be another join, and joins behind each other have one each', () => {
    const inner = joinFrom('inner', ['b', 'c']);
    const outer = joinFrom('outer', ['inner', 'd']);
    const last = joinFrom('last', ['e', 'f']);
    const [d, e, f] = [pass('d'), pass('e'), pass('f')];
    const list = [
      [src, [a, d]],
      [a, [b, c]],
      [b, [inner]],
      [c, [inner]],
      [inner, [outer]],
      [d, [outer]],
      [outer, [e, f]],
      [e, [last]],
      [f, [last]],
    ] as const;
    expect(forkNames(list)).to.deep.equal({ inner: 'a', outer: 'src', last: 'outer' });
  });

  it('R19b is found in a graph with cycles', () => {
    const join = joinFrom('join', ['b', 'c']);
    const list = [
      [src, [a]],
      [a, [b, c]],
      [b, [b, join]],
      [c, [join]],
      [join, [a, end]],
    ] as const;
    expect(forkNames(list, [src])).to.deep.equal({ join: 'a' });
  });

  it('R19b is none of a join of one node, by order or by a key', () => {
    const joins = [
      joinFrom('one', ['a']),
      joinFrom('order', ['a', 'b'], { by: 'order' }),
      joinFrom('key', ['a', 'b'], { by: (payload) => payload }),
    ];
    const list = [
      [src, [a, b]],
      [a, joins],
      [b, joins.slice(1)],
    ] as const;
    expect(forkNames(list)).to.deep.equal({});
  });

  it('R19b a source that does not lead to the join is refused when the flow is made, whatever pairs its parts', () => {
    for (const by of ['origin', 'order', () => 1] as const) {
      const join = joinFrom('join', ['a', 'src', 'lost'], { by });
      const error = thrownBy(() =>
        planOf([
          [src, [a, b]],
          [a, [join]],
          [b, [join]],
        ]),
      );
      expect(error.code).to.equal('INVALID_OPTION');
      expect(error.message).to.contain('in flow "flow", "a", "b"; got "src", "lost"');
      expect(error.metadata).to.include({ option: 'sources', owner: 'joinFrom "join"' });
    }
  });

  it('R19b a node that leads to the join and is no source of it is refused as well, the ingress too', () => {
    const join = joinFrom('join', ['a', 'b']);
    const list = [
      [src, [a, b, c]],
      [a, [join]],
      [b, [join]],
      [c, [join]],
    ] as const;
    for (const [startAt, also] of [
      [[src], '"c"'],
      [[src, join], '"c", "OpenSea"'],
    ] as const) {
      const error = thrownBy(() => planOf(list, startAt));
      expect(error).to.include({ code: 'INVALID_OPTION', nodeName: 'join' });
      expect(error.message).to.contain(`name every node that leads to it in flow "flow", also ${also}; got "a", "b"`);
    }
  });

  it('R19b is what no path can go around, in any graph', () => {
    const graph = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 30 });
    fc.assert(
      fc.property(graph, fc.array(fc.nat(99), { minLength: 1, maxLength: 3 }), (pairs, picks) => {
        const arcs = pairs.map(([from, to]) => ({ from, to }));
        const reached = [...reachableFrom([0], arcs)];
        const chosen = picks.map((pick) => reached[pick % reached.length] as number);
        expect(new Dominators(0, arcs).common(chosen)).to.equal(nearestOfAll(chosen, 0, arcs));
      }),
    );
  });
});
