import { expect } from 'chai';
import {
  bulkhead,
  circuitBreaker,
  ConsecutiveBreaker,
  fallback,
  handleAll,
  noop,
  retry,
  wrap,
  type IPolicy,
} from 'cockatiel';
import fc from 'fast-check';
import { dependency, type FlowEvent } from '#src/index.js';
import { never } from '../../support/deferred.js';
import { useFlows } from '../../support/flows.js';
import { line, node } from '../../support/nodes.js';
import { settle } from '../../support/settling.js';

type Policy = IPolicy<{ readonly signal: AbortSignal }, unknown>;

/** What a function does when it is called. */
const ANSWERS = ['answers', 'throws', 'rejects', 'waits', 'hangs', 'cancels'] as const;

const POLICIES: Readonly<Record<string, () => Policy>> = {
  noop: () => noop,
  retry: () => retry(handleAll, { maxAttempts: 2 }),
  breaker: () => circuitBreaker(handleAll, { halfOpenAfter: 0, breaker: new ConsecutiveBreaker(1) }),
  bulkhead: () => bulkhead(1, 1),
  fallback: () => fallback(handleAll, 'instead'),
};

describe('ctx.through, whatever happens', () => {
  const bench = useFlows();

  it('R35 each call has one event with its tries, settles once, and leaves nothing unhandled', async function () {
    this.timeout(60_000);
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    try {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(fc.constantFrom(...ANSWERS), { minLength: 1, maxLength: 3 }), {
            minLength: 1,
            maxLength: 4,
          }),
          fc.array(fc.constantFrom(...Object.keys(POLICIES)), { maxLength: 3 }),
          fc.record({
            timeoutS: fc.constantFrom(undefined, 1),
            nodeTimeoutS: fc.constantFrom(undefined, 3),
            awaited: fc.boolean(),
          }),
          async (runs, names, { timeoutS, nodeTimeoutS, awaited }) => {
            const policies = names.map((name) => POLICIES[name]!());
            const policy = policies.length === 0 ? undefined : (wrap(...policies) as Policy);
            const to = dependency<unknown>('bank', { timeoutS, policy });
            const tries: number[] = runs.map(() => 0);
            let settled = 0;
            const flow = await bench.run(
              line(
                node(
                  'Charge',
                  async (index, ctx) => {
                    const n = index as number;
                    const call = ctx.through(to, async () => {
                      const answer = runs[n]![Math.min(tries[n]!++, runs[n]!.length - 1)];
                      if (answer === 'throws') throw new Error('no');
                      if (answer === 'rejects') await Promise.reject(new Error('no'));
                      if (answer === 'waits') await ctx.sleep(0.5);
                      if (answer === 'hangs') await never();
                      if (answer === 'cancels') flow.cancel(`t${n}`);
                      return 'paid';
                    });
                    const noted = call.finally(() => settled++);
                    if (awaited) return noted;
                    noted.catch(() => {});
                    return 'done';
                  },
                  { concurrency: 4, ...(nodeTimeoutS === undefined ? {} : { timeoutS: nodeTimeoutS }) },
                ),
              ),
            );
            const events: FlowEvent[] = [];
            for (const type of ['dependency_success', 'dependency_error', 'dependency_rejected'] as const)
              flow.on(type, (event) => void events.push(event));
            const calls = runs.map((_, n) => flow.call(n, { traceId: `t${n}` }).catch(() => {}));
            for (let turn = 0; turn < 8; turn++) {
              await bench.clock.advance(500);
              await settle();
            }
            await bench.stopAll();
            await Promise.all(calls);
            await settle();
            expect(settled, 'calls that settled').to.equal(runs.length);
            expect(
              events.map(({ traceId }) => String(traceId)).toSorted((a, b) => a.localeCompare(b)),
              'one event per call',
            ).to.deep.equal(runs.map((_, n) => `t${n}`));
            for (const { eventType, traceId, extra } of events) {
              const made = tries[Number(traceId!.slice(1))]!;
              expect(extra['tries'], 'no try after the event').to.equal(made);
              if (eventType === 'dependency_rejected') expect(made).to.equal(0);
              if (extra['outcome'] === 'error' || extra['outcome'] === 'success') expect(made).to.be.above(0);
            }
          },
        ),
        { numRuns: 200 },
      );
      expect(unhandled).to.deep.equal([]);
    } finally {
      process.off('unhandledRejection', note);
    }
  });
});
