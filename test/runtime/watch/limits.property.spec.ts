import { expect } from 'chai';
import fc from 'fast-check';
import type { FlowEventType } from '#src/index.js';
import { FlowBench, type BenchOptions, type TestFlow } from '../../support/flows.js';
import { node, rows } from '../../support/nodes.js';
import { settle } from '../../support/settling.js';

/** Keeps its run active, and does nothing: the watch looks, once a second from here on. */
const keeps = node('Keeps', (_: unknown, ctx) => void ctx.holdTrace());
const hangs = node('Hangs', () => new Promise(() => {}));
const passes = node('Passes', (payload: unknown) => payload);
const speaks = node('Speaks', async (_: unknown, ctx) => {
  await ctx.emitChunk('piece');
  await new Promise(() => {});
});

const GRAPH = rows([
  [keeps, []],
  [hangs, []],
  [passes, []],
  [speaks, []],
]);

/** Milliseconds from when something begins to last until it is told of. */
async function toldAfterMs(
  options: BenchOptions,
  offsetMs: number,
  begin: (flow: TestFlow) => void,
  told: FlowEventType,
  limitS: number,
): Promise<number | undefined> {
  const bench = new FlowBench();
  try {
    const flow = await bench.run(GRAPH, { queueMaxsize: 1, stallS: 0, chunkStallS: 0, stuckAfterS: 0, ...options });
    await flow.emit(0, { to: 'Keeps' });
    await settle();
    await bench.clock.advance(offsetMs);
    const beganMs = bench.clock.now();
    let toldMs: number | undefined;
    flow.on(told, () => {
      toldMs ??= bench.clock.now();
    });
    begin(flow);
    await settle();
    await bench.clock.advance(limitS * 1000 + 3_000);
    return toldMs === undefined ? undefined : toldMs - beganMs;
  } finally {
    await bench.stopAll();
  }
}

describe('limits that the watch sees', () => {
  for (const [what, option, event, begin] of [
    ['an attempt that hangs', 'stuckAfterS', 'node_stuck', (flow: TestFlow) => void flow.emit(1, { to: 'Hangs' })],
    [
      'a flow in which nothing moves',
      'stallS',
      'flow_stalled',
      (flow: TestFlow) => {
        // Four have their places at the egress, one waits for room there.
        for (let n = 0; n < 5; n++) flow.emit(n, { to: 'Passes' }).catch(() => {});
      },
    ],
    [
      'a reader that takes nothing',
      'chunkStallS',
      'trace_cancel_finish',
      (flow: TestFlow) => void flow.stream(1, { to: 'Speaks' }).result.catch(() => {}),
    ],
  ] as const) {
    it(`R36 are never told of early, and to within a second, whole seconds or not: ${what}`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 35 }),
          fc.integer({ min: 0, max: 2_000 }),
          async (tenths, offset) => {
            const limitS = tenths / 10;
            const afterMs = await toldAfterMs({ [option]: limitS }, offset, begin, event, limitS);
            expect(afterMs, `${limitS} s, ${offset} ms after a look`).to.be.within(
              limitS * 1000,
              limitS * 1000 + 1_000,
            );
          },
        ),
        { numRuns: 60 },
      );
    });
  }
});
