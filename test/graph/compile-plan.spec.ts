import { expect } from 'chai';
import { compilePlan, type PlanOptions } from '#src/graph/compile-plan.js';
import { start } from '#src/graph/start.js';
import { uncheckedGraph, type UncheckedEdge, type UncheckedRow } from '#src/graph/unchecked-graph.js';
import { Node } from '#src/metadata/node.js';
import type { FlowGraph } from '#src/ports/flow-graph.js';
import type { NodeClass } from '#src/ports/flow-node.js';
import type { FlowPlan } from '#src/graph/flow-plan.js';
import { thrownBy } from '../support/thrown-by.js';

class Big {
  readonly size = 2;
}
class Small {
  readonly small = true;
}
@Node({ maxRetries: 1 })
class A {
  process(_: string): Big | Small {
    return new Big();
  }
}
@Node()
class B {
  process(_: Big | Small): Big | Small {
    return new Small();
  }
}
@Node()
class C {
  process(_: Big | Small): number {
    return 1;
  }
}
@Node()
class D {
  process(_: number | Big): string {
    return '';
  }
}
@Node()
class S {
  process(_: Small): void {}
}

const OPTIONS: PlanOptions = {
  queueMaxsize: 8,
  deliverFailures: false,
  maxLoop: 1_000,
  blockedMs: 100,
  stuckAfterS: 60,
  stallS: 10,
  chunkStallS: 30,
  allowCycles: false,
};

function compile(graph: FlowGraph, options: Partial<PlanOptions> = {}): FlowPlan {
  return compilePlan(graph, { flowName: 'Demo', options: { ...OPTIONS, ...options } });
}

function compileRows(rows: readonly UncheckedRow[], options: Partial<PlanOptions> = {}): FlowPlan {
  return compile(uncheckedGraph(rows), options);
}

function edgesOf(plan: FlowPlan): readonly string[] {
  return plan.edges.map(
    ({ from, kind, to, messageClass }) =>
      `${from} ${kind}${messageClass === undefined ? '' : ` ${messageClass.name}`} ${to}`,
  );
}

/** What a caller in JavaScript sees: no types stop it. */
function untyped(graph: unknown): { to(node: NodeClass): FlowGraph } {
  return graph as { to(node: NodeClass): FlowGraph };
}

describe('compilePlan', () => {
  it('freezes nodes, edges and options into the plan', () => {
    const plan = compile(start(A).to(B, C).from(C).to(D));
    expect(plan).to.include({ flowName: 'Demo', queueMaxsize: 8, deliverFailures: false });
    expect(plan.nodes.map(({ name, id, ingress, egress }) => [name, id, ingress, egress])).to.deep.equal([
      ['A', 'Demo.A', true, false],
      ['B', 'Demo.B', false, true],
      ['C', 'Demo.C', false, false],
      ['D', 'Demo.D', false, true],
    ]);
    expect(plan.nodes[0]).to.include({ nodeClass: A });
    expect(plan.nodes[0]!.policy.maxRetries).to.equal(1);
    expect(edgesOf(plan)).to.deep.equal(['A all B', 'A all C', 'C all D']);
    expect([plan, plan.nodes, plan.edges, ...plan.nodes, ...plan.edges].every(Object.isFrozen)).to.equal(true);
  });

  it('puts upstream nodes before downstream ones, whatever the order of declaration', () => {
    const plan = compileRows([
      [D, []],
      [C, [D]],
      [B, [C]],
      [A, [B, D]],
    ]);
    expect(plan.nodes.map(({ name }) => name)).to.deep.equal(['A', 'B', 'C', 'D']);
  });

  it('keeps branches by class, predicate and rest in declaration order', () => {
    const isBig = (payload: Big | Small): boolean => payload instanceof Big;
    const routed = compile(start(A).on(Big, D).on(Small, S));
    expect(edgesOf(routed)).to.deep.equal(['A class Big D', 'A class Small S']);
    const guarded = compile(start(A).when(isBig, C).otherwise(B));
    expect(edgesOf(guarded)).to.deep.equal(['A when C', 'A otherwise B']);
    expect(guarded.edges[0]!.predicate).to.equal(isBig);
    const data = compileRows([
      [A, [{ to: D, on: Big }, { to: C, when: isBig }, { to: S, otherwise: true }, { to: B }]],
    ]);
    expect(edgesOf(data)).to.deep.equal(['A class Big D', 'A when C', 'A otherwise S', 'A all B']);
  });

  it('lets the parts of a graph be shared: a builder never changes', () => {
    const base = start(A);
    const one = base.to(B);
    const two = base.to(C);
    expect(edgesOf(compile(one))).to.deep.equal(['A all B']);
    expect(edgesOf(compile(two))).to.deep.equal(['A all C']);
  });

  it('refuses a cycle and prints it', () => {
    const error = thrownBy(() =>
      compileRows([
        [S, [A]],
        [A, [B]],
        [B, [C]],
        [C, [A]],
      ]),
    );
    expect(error.code).to.equal('GRAPH_CYCLE');
    expect(error.message).to.equal('The graph of flow "Demo" has a cycle: A -> B -> C -> A');
    expect(thrownBy(() => compileRows([[A, [A]]])).message).to.contain('A -> A');
  });

  it('accepts a cycle with allowCycles, and keeps the order of declaration in it', () => {
    const plan = compileRows(
      [
        [S, [A]],
        [A, [B]],
        [B, [C]],
        [C, [A, D]],
      ],
      { allowCycles: true },
    );
    expect(plan.nodes.map(({ name }) => name)).to.deep.equal(['S', 'A', 'B', 'C', 'D']);
  });

  it('accepts an edge that was declared to lead back, without allowCycles', () => {
    const plan = compile(start(B).backOn(Small, B).on(Big, D));
    expect(edgesOf(plan)).to.deep.equal(['B class Small B', 'B class Big D']);
    const back: UncheckedEdge = { to: A, back: true };
    expect(
      compileRows([
        [S, [A]],
        [A, [B]],
        [B, [back]],
      ]).nodes.map(({ name }) => name),
    ).to.deep.equal(['S', 'A', 'B']);
  });

  it('R19 keeps a node with an edge to itself an entry and an exit', () => {
    const plan = compile(start(B).loop(Small));
    expect(plan.nodes[0]).to.include({ ingress: true, egress: true });
    expect(edgesOf(plan)).to.deep.equal(['B class Small B']);
    expect(edgesOf(compile(start(B).loop(Small).to(D)))).to.deep.equal(['B class Small B', 'B otherwise D']);
  });

  it('goes on from the node that an edge leads back from', () => {
    expect(edgesOf(compile(start(B).back(B).to(C)))).to.deep.equal(['B all B', 'B all C']);
  });

  it('keeps the node a graph starts at an entry, though an edge leads back to it', () => {
    const plan = compile(start(B).to(B), { allowCycles: true });
    expect(plan.nodes[0]).to.include({ ingress: true });
    const looped = compile(
      uncheckedGraph(
        [
          [A, [B]],
          [B, [A]],
        ],
        { start: [A] },
      ),
      { allowCycles: true },
    );
    expect(looped.nodes.map(({ ingress }) => ingress)).to.deep.equal([true, false]);
  });

  const refused: readonly (readonly [string, string, () => unknown])[] = [
    ['a graph without nodes', 'EMPTY_GRAPH', () => compileRows([])],
    ['a start without nodes', 'EMPTY_GRAPH', () => compile((start as unknown as () => FlowGraph)())],
    ['something that is no graph', 'GRAPH_MISSING', () => compile({} as FlowGraph)],
    [
      'a class without @Node',
      'NODE_NOT_DECORATED',
      () =>
        compileRows([
          [
            class Bare {
              process(): void {}
            },
            [],
          ],
        ]),
    ],
    ['the same class twice', 'DUPLICATE_NODE', () => compile(start(A, A))],
    [
      'the same row twice',
      'DUPLICATE_NODE',
      () =>
        compileRows([
          [A, [B]],
          [A, [C]],
        ]),
    ],
    ['the same edge twice', 'DUPLICATE_EDGE', () => compile(start(A).to(B, B))],
    [
      'a node that only a cycle leads to',
      'NODE_UNREACHABLE',
      () =>
        compileRows(
          [
            [S, []],
            [A, [B]],
            [B, [A]],
          ],
          { allowCycles: true },
        ),
    ],
    ['a node that is not in the graph', 'NODE_UNREACHABLE', () => compile(untyped(start(A).from(C as never)).to(D))],
    ['going on from several nodes', 'INVALID_OPTION', () => untyped(start(A).to(B, C)).to(D)],
  ];
  for (const [what, code, body] of refused) {
    it(`refuses ${what}`, () => {
      expect(thrownBy(body).code).to.equal(code);
    });
  }

  it('offers a subclass where a class stands in the graph twice', () => {
    expect(thrownBy(() => compile(start(A, A))).hint).to.contain("`@Node({ name: 'A2' }) class A2 extends A {}`");
  });

  it('refuses a branch without a class or a predicate, and names the node', () => {
    for (const [edge, message] of [
      [{ to: B, on: undefined }, 'Expected `on` of a branch of node "A" in flow "orders" to be a class, got undefined'],
      [{ to: B, on: 'Big' }, 'Expected `on` of a branch of node "A" in flow "orders" to be a class, got "Big"'],
      [{ to: B, when: true }, 'Expected `when` of a branch of node "A" in flow "orders" to be a function, got true'],
    ] as const) {
      const graph = uncheckedGraph([[A, [edge as never]]]);
      const error = thrownBy(() =>
        compilePlan(graph, {
          flowName: 'orders',
          options: { ...OPTIONS, queueMaxsize: 1 },
        }),
      );
      expect(error).to.include({ code: 'INVALID_OPTION', message });
    }
  });

  it('refuses data that is no rows of nodes and edges', () => {
    for (const [rows, message] of [
      [null, 'Expected `rows` of uncheckedGraph() to be an array of [node, edges], got null'],
      [[A], 'Expected `rows` of uncheckedGraph() to be an array of [node, edges], got function A'],
      [[[A, B]], 'Expected `rows` of uncheckedGraph() to be an array of [node, edges], got an array of 2'],
      [[[A, [{ node: B }]]], 'Unknown option `node` of an edge of uncheckedGraph()'],
    ] as const) {
      expect(thrownBy(() => uncheckedGraph(rows as never))).to.include({ code: 'INVALID_OPTION', message });
    }
  });

  it('names both classes when two nodes have one name', () => {
    @Node({ name: 'A' })
    class Other {
      process(): number {
        return 1;
      }
    }
    const error = thrownBy(() => compileRows([[A, [Other]]]));
    expect(error.code).to.equal('DUPLICATE_NODE');
    expect(error.message).to.contain('A and Other are both node "A"');
  });

  it('stays linear: twenty thousand nodes in a chain compile without exhausting the stack', () => {
    const classes = Array.from({ length: 20_000 }, (_, index): NodeClass => {
      class Link {
        process(): number {
          return 1;
        }
      }
      Node({ name: `link-${index}` })(Link);
      return Link;
    });
    const plan = compileRows(
      classes.map((nodeClass, index) => [nodeClass, classes.slice(index + 1, index + 2)] as const),
    );
    expect(plan.nodes).to.have.length(20_000);
    expect(plan.nodes.at(-1)).to.include({ name: 'link-19999', egress: true });
  });
});
