import { expect } from 'chai';
import fc from 'fast-check';
import type { NodeClass } from '#src/index.js';
import { FlowBench } from '../support/flows.js';
import { node, rows } from '../support/nodes.js';
import { settle } from '../support/settling.js';
import type { FuzzProperty } from './fuzz-property.js';

interface Shape {
  readonly concurrency: number;
  readonly ordered: boolean;
  readonly sync: boolean;
  /** Which of the nodes after it follow, as bits. */
  readonly followers: number;
}

interface Given {
  readonly shapes: readonly Shape[];
  readonly queueMaxsize: number;
  readonly messages: number;
}

const given: fc.Arbitrary<Given> = fc.record({
  shapes: fc.array(
    fc.record({
      concurrency: fc.integer({ min: 1, max: 3 }),
      ordered: fc.boolean(),
      sync: fc.boolean(),
      followers: fc.nat(7),
    }),
    { minLength: 1, maxLength: 5 },
  ),
  queueMaxsize: fc.integer({ min: 1, max: 4 }),
  messages: fc.integer({ min: 1, max: 25 }),
});

/** Numbers of the nodes that follow each. */
function followersOf(shapes: readonly Shape[]): readonly (readonly number[])[] {
  return shapes.map(({ followers }, index) =>
    shapes.flatMap((_, other) => (other > index && (followers & (1 << (other - index - 1))) !== 0 ? [other] : [])),
  );
}

/** How many ways lead from the ingress to each node: each brings every message once. */
function waysTo(after: readonly (readonly number[])[]): readonly number[] {
  const ways: number[] = [];
  for (const index of after.keys()) {
    const before = after.flatMap((next, other) => (next.includes(index) ? [other] : []));
    ways.push(before.length === 0 ? 1 : before.reduce((sum, one) => sum + (ways[one] ?? 0), 0));
  }
  return ways;
}

function count(list: readonly number[], n: number): number {
  return list.filter((one) => one === n).length;
}

/** Nothing is lost, doubled or, with one message at a time, reordered. */
export const deliveryProperty: FuzzProperty<Given> = {
  name: 'delivery',
  given,
  async check({ shapes, queueMaxsize, messages }) {
    const bench = new FlowBench();
    try {
      const seen = shapes.map((): number[] => []);
      const classes = shapes.map(({ concurrency, ordered, sync }, index) =>
        node(
          `N${index}`,
          (n: number) => {
            seen[index]?.push(n);
            return sync ? n : settle().then(() => n);
          },
          { concurrency, ordered },
        ),
      );
      const after = followersOf(shapes);
      const graph = after.map((next, index) => [classes[index], next.map((to) => classes[to])] as const);
      const flow = await bench.run(rows(graph as readonly (readonly [NodeClass, readonly NodeClass[]])[]), {
        queueMaxsize,
      });
      const out: number[] = [];
      const reading = (async () => {
        for await (const { value } of flow.results()) out.push(value as number);
      })();
      for (let n = 0; n < messages; n++) await flow.emit(n);
      expect(await flow.stop({ drainS: 10 })).to.include({ dropped: 0, drained: true });
      await reading;
      const ways = waysTo(after);
      const results = after.reduce((sum, next, index) => sum + (next.length === 0 ? (ways[index] ?? 0) : 0), 0);
      for (let n = 0; n < messages; n++) {
        for (const [index, expected] of ways.entries()) expect(count(seen[index] ?? [], n)).to.equal(expected);
        expect(count(out, n)).to.equal(results);
      }
      const inOrder = shapes.every(({ concurrency, ordered }) => concurrency === 1 || ordered);
      for (const [index, expected] of ways.entries()) {
        const list = seen[index] ?? [];
        if (inOrder && expected === 1) expect(list).to.deep.equal([...list].sort((a, b) => a - b));
      }
    } finally {
      await bench.stopAll();
    }
  },
  draw: ({ shapes }) =>
    followersOf(shapes)
      .map((next, index) => `N${index} -> ${next.map((to) => `N${to}`).join(', ') || 'egress'}`)
      .join('\n'),
};
