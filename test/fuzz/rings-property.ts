import { expect } from 'chai';
import fc from 'fast-check';
import type { NodeClass } from '#src/index.js';
import { FlowBench } from '../support/flows.js';
import { node, rows } from '../support/nodes.js';
import { isPending, settle } from '../support/settling.js';
import type { FuzzProperty } from './fuzz-property.js';

interface Given {
  readonly ring: readonly { readonly concurrency: number; readonly enters: boolean }[];
  readonly queueMaxsize: number;
  readonly messages: readonly { readonly hops: number; readonly at: number }[];
}

class Hop {
  constructor(readonly left: number) {}
}

/** A ring of nodes never blocks itself, wherever messages join it. */
export const ringsProperty: FuzzProperty<Given> = {
  name: 'rings',
  given: fc.record({
    ring: fc.array(fc.record({ concurrency: fc.integer({ min: 1, max: 2 }), enters: fc.boolean() }), {
      minLength: 1,
      maxLength: 4,
    }),
    queueMaxsize: fc.integer({ min: 1, max: 3 }),
    messages: fc.array(fc.record({ hops: fc.nat(9), at: fc.nat(3) }), { minLength: 1, maxLength: 25 }),
  }),
  async check({ ring, queueMaxsize, messages }) {
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
        ...doors.flatMap((door, index) => (door === undefined ? [] : [[door, [classes[index] as NodeClass]] as const])),
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
  draw: ({ ring }) =>
    ring
      .map(({ enters }, index) => {
        const door = enters || index === 0 ? `Door${index} -> N${index}\n` : '';
        return `${door}N${index} -> N${(index + 1) % ring.length}, Out`;
      })
      .join('\n'),
};
