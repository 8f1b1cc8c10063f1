import { expect } from 'chai';
import fc from 'fast-check';
import type { FlowEvent, JoinOptions } from '#src/index.js';
import { FlowBench } from '../support/flows.js';
import { rows } from '../support/nodes.js';
import { settle } from '../support/settling.js';
import type { FuzzProperty } from './fuzz-property.js';
import { JoinGraph, joinNodePlan, type JoinNodePlan } from './join-graph.js';
import { TimedJoinModel } from './timed-join-model.js';

interface Given {
  readonly nodes: readonly (JoinNodePlan & { readonly limits: JoinOptions })[];
  readonly roots: number;
  readonly runs: number;
  readonly joined: number;
  readonly queueMaxsize: number;
}

/** Longest time that a join of these graphs waits, in seconds. */
const LONGEST_S = 12;

const limits: fc.Arbitrary<JoinOptions> = fc.record({
  timeoutS: fc.constantFrom(0.5, 1, 3, LONGEST_S, LONGEST_S),
  onTimeout: fc.constantFrom('fail', 'emit'),
  maxWaiting: fc.constantFrom(1, 1, 2, 1_024),
});

const given: fc.Arbitrary<Given> = fc.record({
  nodes: fc.array(
    fc.tuple(joinNodePlan, limits).map(([plan, options]) => ({ ...plan, limits: options })),
    { minLength: 3, maxLength: 9 },
  ),
  roots: fc.integer({ min: 1, max: 3 }),
  runs: fc.integer({ min: 0, max: 6 }),
  joined: fc.integer({ min: 0, max: 4 }),
  queueMaxsize: fc.constantFrom(0, 1, 2, 64),
});

/** A timed join pairs what belongs together whatever waits, nothing waits for ever, and nothing is left. */
export const timedJoinsProperty: FuzzProperty<Given> = {
  name: 'timed-joins',
  given,
  async check({ nodes, roots, runs, joined, queueMaxsize }) {
    const bench = new FlowBench();
    const graph = new JoinGraph(nodes, roots);
    const options = { allowCycles: true, queueMaxsize, deliverFailures: false };
    const flow = await bench.run(rows(graph.rows, graph.roots), options);
    const models = new Map(graph.joins.map((join) => [join, new TimedJoinModel(graph, join)]));
    const events: FlowEvent[] = [];
    flow.on('*', (event) => {
      events.push(event);
    });
    try {
      for (let run = 0; run < runs; run++) void flow.emit(graph.token(`run ${run}`)).catch(() => {});
      // All in one turn: the run does not end meanwhile.
      for (let n = 0; n < joined; n++) {
        void flow.emit(graph.token(`joined ${n}`), { traceId: 't', join: true }).catch(() => {});
      }
      for (let quiet = 0, before = -1, turn = 0; quiet < LONGEST_S * 2 && turn < 3_000; turn++) {
        // With a low bound very many may be out of time one after the other.
        await bench.clock.advance(turn < 100 ? 1_000 : LONGEST_S * 1_000);
        await settle();
        quiet = events.length === before ? quiet + 1 : 0;
        before = events.length;
      }
      // Only now it is known which list is of which join.
      for (const event of events) models.get(event.nodeName ?? '')?.see(event);
      for (const [join, model] of models) {
        const sent = new Map<string, string[]>();
        for (const list of graph.lists.get(join) ?? []) {
          const run = model.runOf(list);
          sent.set(run, [...(sent.get(run) ?? []), graph.show(list)]);
        }
        expect(model.complaints, join).to.deep.equal([]);
        for (const run of new Set([...sent.keys(), ...model.lists.keys()])) {
          if ([...models.values()].some(({ failedRuns }) => failedRuns.has(run))) continue;
          expect((sent.get(run) ?? []).toSorted(), join).to.deep.equal((model.lists.get(run) ?? []).toSorted());
        }
      }
      const { nodes: left, traces } = flow.snapshot();
      for (const { inFlight, name, queued, waiting, waitingForRoom } of left) {
        expect({ name, inFlight, queued, waiting, waitingForRoom }).to.deep.equal({
          name,
          inFlight: 0,
          queued: 0,
          waiting: 0,
          waitingForRoom: 0,
        });
      }
      expect(traces).to.equal(0);
    } finally {
      await bench.stopAll();
    }
  },
  draw: ({ nodes, roots }) => new JoinGraph(nodes, roots).draw(),
};
