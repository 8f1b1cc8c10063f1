import { expect } from 'chai';
import fc from 'fast-check';
import { Node, uncheckedGraph, type NodeClass, type NodeContext } from '#src/index.js';
import type { FlowGraph } from '#src/ports/flow-graph.js';
import { FlowBench, type TestFlow } from '../support/flows.js';
import { isPending, settle } from '../support/settling.js';
import type { FuzzProperty } from './fuzz-property.js';

/** A message that goes round until its hops are used up. */
interface Token {
  readonly id: number;
  readonly hops: number;
}

interface Spec {
  readonly nodes: number;
  /** Pairs of node numbers, besides a ring through all nodes. */
  readonly chords: readonly (readonly [number, number])[];
  readonly queueMaxsize: number;
  readonly concurrency: number;
  readonly ordered: boolean;
  readonly failsFirst: number;
  readonly multiplies: boolean;
  readonly calls: number;
  readonly hops: number;
}

const spec: fc.Arbitrary<Spec> = fc
  .record({
    nodes: fc.integer({ min: 1, max: 6 }),
    chords: fc.array(fc.tuple(fc.nat(5), fc.nat(5)), { maxLength: 8 }),
    queueMaxsize: fc.integer({ min: 1, max: 3 }),
    concurrency: fc.integer({ min: 1, max: 3 }),
    ordered: fc.boolean(),
    failsFirst: fc.integer({ min: 0, max: 5 }),
    multiplies: fc.boolean(),
    calls: fc.integer({ min: 1, max: 60 }),
    hops: fc.integer({ min: 0, max: 12 }),
  })
  .map((given) => (given.multiplies ? { ...given, hops: Math.min(given.hops, 5) } : given));

/** Where each node leads to, besides the end. */
function successorsOf({ nodes, chords }: Spec): readonly (readonly number[])[] {
  return Array.from({ length: nodes }, (_, from) => {
    const own = chords.filter(([source]) => source % nodes === from).map(([, to]) => to % nodes);
    return [...new Set([(from + 1) % nodes, ...own])];
  });
}

/** Nodes that form a ring with chords and self-loops, and send what is at its end to a node that delivers it. */
function cyclicGraph(given: Spec): FlowGraph {
  const successors = successorsOf(given);
  @Node({ name: 'End' })
  class End {
    process({ id }: Token): number {
      return id;
    }
  }
  const classes: NodeClass<Token>[] = successors.map((next, index) => {
    @Node({
      name: `N${index}`,
      concurrency: given.concurrency,
      ordered: given.ordered,
      maxRetries: 1,
      backoffBaseS: 0,
    })
    class Hop {
      async process({ id, hops }: Token, ctx: NodeContext): Promise<void> {
        await Promise.resolve();
        if (ctx.attempt === 0 && given.failsFirst !== 0 && (id + hops) % 7 < given.failsFirst) throw new Error('again');
        if (hops === 0) {
          await ctx.emit({ id, hops }, { to: 'End' });
          return;
        }
        const first = next[(id * 31 + hops * 17 + index) % next.length] as number;
        const ways = given.multiplies ? [first, next[(id + hops) % next.length] as number] : [first];
        for (const way of ways) await ctx.emit({ id, hops: hops - 1 }, { to: `N${way}` });
      }
    }
    return Hop;
  });
  return uncheckedGraph<Token, number>(
    [
      ...classes.map(
        (from, index) =>
          [
            from,
            [...(successors[index] as readonly number[]).map((to) => classes[to] as NodeClass<Token>), End],
          ] as const,
      ),
      [End, []],
    ],
    { start: [classes[0] as NodeClass<Token>] },
  );
}

async function settleAll(flow: TestFlow, results: Promise<unknown>, bench: FlowBench): Promise<void> {
  for (let turn = 0; turn < 400 && (await isPending(results)); turn++) {
    await bench.clock.advance(1);
    await settle();
  }
  expect(await isPending(results), JSON.stringify(flow.snapshot().nodes)).to.equal(false);
}

/** Whatever cycles share a node, every run ends and nothing of it stays. */
export const cyclesProperty: FuzzProperty<Spec> = {
  name: 'cycles',
  given: spec,
  async check(given) {
    const bench = new FlowBench();
    const flow = await bench.run(cyclicGraph(given), { queueMaxsize: given.queueMaxsize, allowCycles: true });
    try {
      const calls = Array.from({ length: given.calls }, (_, id) => flow.call({ id, hops: given.hops }));
      const results = Promise.all(calls);
      await settleAll(flow, results, bench);
      expect(await results).to.deep.equal(Array.from({ length: given.calls }, (_, id) => id));
      for (let turn = 0; turn < 400 && flow.snapshot().traces !== 0; turn++) {
        await bench.clock.advance(1);
        await settle();
      }
      expect(flow.snapshot()).to.include({ traces: 0, results: 0 });
    } finally {
      await bench.stopAll();
    }
  },
  draw: (given) =>
    successorsOf(given)
      .map((next, index) => `N${index} -> ${next.map((to) => `N${to}`).join(', ')}, End`)
      .join('\n'),
};
