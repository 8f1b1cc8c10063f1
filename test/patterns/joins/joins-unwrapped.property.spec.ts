import { expect } from 'chai';
import * as fc from 'fast-check';
import { FlowError, joinFrom, joinK, Node, type NodeClass } from '#src/index.js';
import { FlowBench, type TestFlow } from '../../support/flows.js';
import { pass, rows } from '../../support/nodes.js';

type Step =
  | { readonly does: 'emit'; readonly trace: number; readonly to: string; readonly timeoutS: number }
  | { readonly does: 'cancel'; readonly trace: number }
  | { readonly does: 'call'; readonly to: readonly string[] }
  | { readonly does: 'wait'; readonly seconds: number };

const TRACES = 3;
const SOURCES = ['a', 'b', 'c'];

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      does: fc.constant('emit' as const),
      trace: fc.nat(TRACES - 1),
      to: fc.constantFrom(...SOURCES),
      // 0: none.
      timeoutS: fc.constantFrom(0, 0, 0, 2, 4),
    }),
  },
  { weight: 1, arbitrary: fc.record({ does: fc.constant('cancel' as const), trace: fc.nat(TRACES - 1) }) },
  {
    weight: 1,
    arbitrary: fc.record({ does: fc.constant('call' as const), to: fc.subarray(SOURCES, { minLength: 1 }) }),
  },
  { weight: 2, arbitrary: fc.record({ does: fc.constant('wait' as const), seconds: fc.integer({ min: 1, max: 3 }) }) },
);

/** The result of a call, or the code of its error. */
function outcomeOf(called: Promise<unknown>): Promise<unknown> {
  return called.catch((error: unknown) => (FlowError.is(error) ? error.code : error));
}

/** All that can be seen of a flow with this join while it does the steps. */
async function seen(join: NodeClass, steps: readonly Step[]): Promise<unknown[]> {
  const bench = new FlowBench();
  const log: unknown[] = [];
  const flow: TestFlow = await bench.run(rows(SOURCES.map((name) => [pass(name), [join]] as const)), {
    deliverFailures: false,
  });
  flow.on('*', ({ nodeName, eventType, tracePending, traceInflight, queueDepthIn }) => {
    log.push([nodeName, eventType, tracePending, traceInflight, queueDepthIn]);
  });
  try {
    for (const [n, each] of steps.entries()) {
      if (each.does === 'emit') {
        const deadline = each.timeoutS === 0 ? undefined : { timeoutS: each.timeoutS };
        await flow.emit(n, { traceId: `t${each.trace}`, join: true, to: each.to, meta: { n }, ...deadline });
      } else if (each.does === 'cancel') log.push(flow.cancel(`t${each.trace}`));
      else if (each.does === 'wait') await bench.clock.advance(each.seconds * 1_000);
      else log.push(await outcomeOf(flow.call(n, { to: each.to })));
      await bench.clock.advance(0);
      while (flow.snapshot().results > 0) {
        const { payload, traceId, meta, deadlineS } = await flow.fetchMessage();
        log.push([payload, traceId, meta, deadlineS]);
      }
      log.push(flow.snapshot().traces);
    }
    log.push(await flow.stop());
    return log;
  } finally {
    await bench.stopAll();
  }
}

describe('a join that nothing is wrapped around', () => {
  const kinds: Readonly<Record<string, () => NodeClass>> = {
    joinK: () => joinK('join', 2),
    joinFrom: () => joinFrom('join', SOURCES as [string, ...string[]]),
  };

  for (const [kind, make] of Object.entries(kinds)) {
    it(`R3 R8 R13 R16 R19 ${kind} does just what one does that is seen from outside`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
          @Node({ name: 'join' })
          class Extended extends (make() as new () => { readonly process: () => undefined }) {}
          expect(await seen(make(), steps)).to.deep.equal(await seen(Extended, steps));
        }),
        { numRuns: 100 },
      );
    });
  }
});
