import { expect } from 'chai';
import fc from 'fast-check';
import type { NodeClass } from '#src/index.js';
import { FlowBench } from '../support/flows.js';
import { node, rows } from '../support/nodes.js';
import { isPending, settle } from '../support/settling.js';

const shape = fc.record({
  concurrency: fc.integer({ min: 1, max: 3 }),
  ordered: fc.boolean(),
  sync: fc.boolean(),
  followers: fc.nat(7),
});

describe('delivery, whatever the graph', () => {
  it('R4 nothing is lost, doubled or, with one message at a time, reordered', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(shape, { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 25 }),
        async (shapes, queueMaxsize, messages) => {
          const bench = new FlowBench();
          try {
            const seen = new Map<string, number[]>(shapes.map((_, index) => [`N${index}`, []]));
            const classes = shapes.map(({ concurrency, ordered, sync }, index) =>
              node(
                `N${index}`,
                (n: number) => {
                  seen.get(`N${index}`)?.push(n);
                  return sync ? n : settle().then(() => n);
                },
                { concurrency, ordered },
              ),
            );
            const after = (index: number): NodeClass[] =>
              classes.slice(index + 1).filter((_, bit) => ((shapes[index]?.followers ?? 0) & (1 << bit)) !== 0);
            const graph = classes.map((from, index) => [from, after(index)] as const);
            const flow = await bench.run(rows(graph), { queueMaxsize });
            // How many ways lead from the ingress to a node: each brings every message once.
            const ways = classes.map(() => 0);
            for (const [index, nodeClass] of classes.entries()) {
              const before = classes.filter((_, other) => after(other).includes(nodeClass));
              ways[index] =
                before.length === 0 ? 1 : before.reduce((sum, one) => sum + (ways[classes.indexOf(one)] ?? 0), 0);
            }
            const out: number[] = [];
            const reading = (async () => {
              for await (const { value } of flow.results()) out.push(value as number);
            })();
            for (let n = 0; n < messages; n++) await flow.emit(n);
            expect(await flow.stop({ drainS: 10 })).to.include({ dropped: 0, drained: true });
            await reading;
            const count = (list: readonly number[], n: number): number => list.filter((one) => one === n).length;
            const leaves = classes.filter((_, index) => after(index).length === 0).map((one) => classes.indexOf(one));
            for (let n = 0; n < messages; n++) {
              for (const [index, expected] of ways.entries())
                expect(count(seen.get(`N${index}`) ?? [], n)).to.equal(expected);
              expect(count(out, n)).to.equal(leaves.reduce((sum, leaf) => sum + (ways[leaf] ?? 0), 0));
            }
            const inOrder = shapes.every(({ concurrency, ordered }) => concurrency === 1 || ordered);
            for (const [index, expected] of ways.entries()) {
              const list = seen.get(`N${index}`) ?? [];
              if (inOrder && expected === 1) expect(list).to.deep.equal([...list].sort((a, b) => a - b));
            }
          } finally {
            await bench.stopAll();
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('R4 a ring of nodes never blocks itself, wherever messages join it', async () => {
    class Hop {
      constructor(readonly left: number) {}
    }
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ concurrency: fc.integer({ min: 1, max: 2 }), enters: fc.boolean() }), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.integer({ min: 1, max: 3 }),
        fc.array(fc.record({ hops: fc.nat(9), at: fc.nat(3) }), { minLength: 1, maxLength: 25 }),
        async (ring, queueMaxsize, messages) => {
          const bench = new FlowBench();
          try {
            const out = node('Out', (payload: unknown) => payload);
            const classes = ring.map(({ concurrency }, index) =>
              node(`N${index}`, async (hop: Hop) => (hop.left === 0 ? 'done' : new Hop(hop.left - 1)), { concurrency }),
            );
            const doors = ring.map(({ enters }, index) =>
              enters || index === 0 ? node(`Door${index}`, (hop: Hop) => hop) : undefined,
            );
            const graph = [
              ...doors.flatMap((door, index) =>
                door === undefined ? [] : [[door, [classes[index] as NodeClass]] as const],
              ),
              ...classes.map((from, index) => {
                const to = classes[(index + 1) % classes.length] as NodeClass;
                return [
                  from,
                  [
                    { to, on: Hop, back: index === classes.length - 1 },
                    { to: out, otherwise: true },
                  ],
                ] as const;
              }),
            ];
            const open = doors.filter((door) => door !== undefined);
            const flow = await bench.run(rows(graph, open), { queueMaxsize, allowCycles: true });
            const calls = messages.map(({ hops, at }) =>
              flow.call(new Hop(hops), { to: open[at % open.length] as NodeClass }),
            );
            for (let turn = 0; turn < 60 && (await isPending(Promise.all(calls))); turn++) await settle();
            expect(await isPending(Promise.all(calls))).to.equal(false);
          } finally {
            await bench.stopAll();
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
