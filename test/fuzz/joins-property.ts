import { expect } from 'chai';
import fc from 'fast-check';
import { FlowBench, type TestFlow } from '../support/flows.js';
import { rows } from '../support/nodes.js';
import { settle } from '../support/settling.js';
import type { FuzzProperty } from './fuzz-property.js';
import { JoinGraph, listingNodePlan, type JoinNodePlan } from './join-graph.js';

interface Given {
  readonly nodes: readonly JoinNodePlan[];
  readonly roots: number;
  readonly runs: number;
  /** Messages of one more run: where each goes in, everywhere if nowhere. */
  readonly joined: readonly (number | undefined)[];
}

const given: fc.Arbitrary<Given> = fc.record({
  nodes: fc.array(listingNodePlan, { minLength: 3, maxLength: 9 }),
  roots: fc.integer({ min: 1, max: 3 }),
  runs: fc.integer({ min: 0, max: 4 }),
  joined: fc.array(fc.option(fc.nat(2), { nil: undefined }), { maxLength: 6 }),
});

function sendAll(flow: TestFlow, graph: JoinGraph, { runs, joined }: Given): void {
  for (let run = 0; run < runs; run++) flow.tryEmit(graph.token(`run ${run}`));
  // All in one turn: the run does not end meanwhile.
  const counts = new Map<number, number>();
  for (const [index, to] of joined.entries()) {
    const options = { traceId: 't', join: true };
    const edge = to === undefined ? undefined : to % graph.roots.length;
    if (edge === undefined && graph.roots.length > 1) flow.tryEmit(graph.token(`joined ${index}`), options);
    else {
      const count = counts.get(edge ?? 0) ?? 0;
      counts.set(edge ?? 0, count + 1);
      flow.tryEmit(graph.token(`joined number ${count}`), { ...options, to: `N${edge ?? 0}` });
    }
  }
}

/** Lets time pass until nothing happens any more. */
async function untilQuiet(bench: FlowBench, happened: () => number): Promise<void> {
  for (let quiet = 0, before = -1, turn = 0; quiet < 6 && turn < 3_000; turn++) {
    await bench.clock.advance(1_000);
    await settle();
    quiet = happened() === before ? quiet + 1 : 0;
    before = happened();
  }
}

/** A join by origin gives just the lists of what descends from one emission of its fork, whatever the graph. */
export const joinsProperty: FuzzProperty<Given> = {
  name: 'joins',
  given,
  async check(plan) {
    const bench = new FlowBench();
    const graph = new JoinGraph(plan.nodes, plan.roots);
    const flow = await bench.run(rows(graph.rows, graph.roots), { allowCycles: true, queueMaxsize: 0 });
    const arrived = new Map<string, unknown[]>(graph.joins.map((join) => [join, []]));
    let events = 0;
    flow.on('*', ({ eventType, nodeName, payload, attempt }) => {
      events++;
      if (eventType === 'node_start' && attempt === 0) arrived.get(nodeName ?? '')?.push(payload);
    });
    try {
      sendAll(flow, graph, plan);
      await untilQuiet(bench, () => events);
      for (const join of graph.joins) {
        const lists = graph.lists.get(join) ?? [];
        for (const list of lists) expect(new Set(list.map((part) => graph.runOf(part))).size, join).to.equal(1);
        // How many lists a collect makes of a run is its own affair.
        const parts = (graph.collects(join) ? lists.flat(1) : lists).map((part) => graph.show(part));
        expect(parts.toSorted(), join).to.deep.equal(graph.expected(join, arrived.get(join) ?? []).toSorted());
      }
    } finally {
      await bench.stopAll();
    }
  },
  draw: ({ nodes, roots }) => new JoinGraph(nodes, roots).draw(),
};
