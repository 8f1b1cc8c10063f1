import { expect } from 'chai';
import * as fc from 'fast-check';
import { FlowError, joinFrom, Node, type Message, type NodeClass, type NodeContext } from '#src/index.js';
import { JoinCore } from '#src/patterns/joins/join-core.js';
import { joinLimits } from '#src/patterns/joins/join-options.js';
import { FlowBench, type TestFlow } from '../../support/flows.js';
import { pass, rows } from '../../support/nodes.js';

/** What one branch does with one trace. */
interface BranchPlan {
  readonly delayS: number;
  readonly failures: number;
}

/** What happens to one trace. */
interface TracePlan {
  readonly branches: readonly BranchPlan[];
  readonly startS: number;
  readonly end: 'nothing' | 'cancel' | 'deadline';
  /** When the trace is cancelled or late, after its start. */
  readonly afterS: number;
}

const BRANCHES = 3;
const BACKOFF_S = 0.5;
const RETRIES = 2;

const branchPlan = fc.record({
  delayS: fc.integer({ min: 0, max: 5 }),
  failures: fc.integer({ min: 0, max: RETRIES + 1 }),
});
const tracePlan: fc.Arbitrary<TracePlan> = fc.record({
  branches: fc.array(branchPlan, { minLength: BRANCHES, maxLength: BRANCHES }),
  startS: fc.integer({ min: 0, max: 4 }),
  end: fc.constantFrom('nothing' as const, 'nothing' as const, 'cancel' as const, 'deadline' as const),
  afterS: fc.integer({ min: 1, max: 12 }),
});

/** A join whose state can be seen. */
function visibleJoin(timeoutS: number | undefined): { readonly core: JoinCore; readonly join: NodeClass<unknown> } {
  const limits = joinLimits(timeoutS === undefined ? {} : { timeoutS }, 'test');
  const core = new JoinCore({
    size: BRANCHES,
    limits,
    place: () => undefined,
    result: (bucket) => bucket.inOrder(),
    describeMissing: () => ['something'],
  });
  @Node({ name: 'join' })
  class VisibleJoin {
    process(payload: unknown, ctx: NodeContext): Message | undefined | Promise<Message | undefined> {
      return core.accept(payload, ctx);
    }
  }
  return { core, join: VisibleJoin };
}

function branchNode(index: number, plans: readonly TracePlan[], left: string[]): NodeClass<unknown> {
  const name = `b${index}`;
  const failed = new Map<string, number>();
  @Node({ name, maxRetries: RETRIES, backoffBaseS: BACKOFF_S, backoffMultiplier: 1, concurrency: 50 })
  class Branch {
    async process(payload: unknown, ctx: NodeContext): Promise<string> {
      const plan = plans[Number(payload)]?.branches[index] as BranchPlan;
      await ctx.sleep(plan.delayS);
      const before = failed.get(ctx.traceId) ?? 0;
      failed.set(ctx.traceId, before + 1);
      if (before < plan.failures) throw new Error('flaky');
      left.push(`${String(payload)}:${name}`);
      return `${String(payload)}:${name}`;
    }
  }
  return Branch;
}

async function runPlans(bench: FlowBench, flow: TestFlow, plans: readonly TracePlan[]): Promise<unknown[]> {
  const outcomes: unknown[] = plans.map(() => 'pending');
  const keep = (index: number) => (value: unknown) => (outcomes[index] = FlowError.is(value) ? value.code : value);
  for (let second = 0; second < 40; second++) {
    for (const [index, plan] of plans.entries()) {
      const traceId = `t${index}`;
      if (plan.startS === second) {
        const deadline = plan.end === 'deadline' ? { timeoutS: plan.afterS } : undefined;
        flow.call(index, { traceId, ...deadline }).then(keep(index), keep(index));
      }
      if (plan.end === 'cancel' && plan.startS + plan.afterS === second) flow.cancel(traceId);
    }
    await bench.clock.advance(1_000);
  }
  return outcomes;
}

describe('joins under random arrival, retry, cancel and deadline', function () {
  this.timeout(60_000);

  for (const timeoutS of [undefined, 100]) {
    it(`R19 give each trace its own payloads in order of arrival, or its failure, and keep nothing${timeoutS === undefined ? '' : ' (waiting with a deadline)'}`, async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(tracePlan, { minLength: 1, maxLength: 6 }), async (plans) => {
          const bench = new FlowBench();
          const { core, join } = visibleJoin(timeoutS);
          const left: string[] = [];
          const branches = Array.from({ length: BRANCHES }, (_, index) => branchNode(index, plans, left));
          const flow = await bench.run(
            rows([[pass('src'), branches], ...branches.map((each) => [each, [join]] as const)]),
          );
          try {
            const outcomes = await runPlans(bench, flow, plans);
            for (const [index, plan] of plans.entries()) {
              const outcome = outcomes[index];
              const fails = plan.branches.some(({ failures }) => failures > RETRIES);
              if (Array.isArray(outcome)) {
                expect(fails).to.equal(false);
                expect(outcome).to.deep.equal(left.filter((each) => each.startsWith(`${index}:`)));
                expect(outcome).to.have.length(BRANCHES);
              } else {
                const allowed = [
                  ...(fails ? ['NODE_EXCEPTION'] : []),
                  ...(plan.end === 'cancel' ? ['TRACE_CANCELLED'] : []),
                  ...(plan.end === 'deadline' ? ['DEADLINE_EXCEEDED'] : []),
                ];
                expect(outcome, JSON.stringify(plan)).to.be.oneOf(allowed);
              }
            }
            if (timeoutS === undefined) {
              expect(core.traces).to.equal(0);
              expect(flow.snapshot().traces).to.equal(0);
            }
          } finally {
            await bench.stopAll();
          }
          expect(core.traces).to.equal(0);
        }),
        { numRuns: 60 },
      );
    });
  }

  it('R19 joinFrom pairs the nth message of every node, whatever the order of arrival', async () => {
    const arrivals = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(arrivals, async (order) => {
        const bench = new FlowBench();
        const [a, b, c] = [pass('a'), pass('b'), pass('c')];
        const join = joinFrom('join', [a, b, c]);
        const flow = await bench.run(rows([a, b, c].map((each) => [each, [join]] as const)));
        const counts = { a: 0, b: 0, c: 0 };
        try {
          for (const name of order as readonly ('a' | 'b' | 'c')[]) {
            await flow.emit(`${name}${counts[name]++}`, { traceId: 't', join: true, to: name });
            await bench.clock.advance(0);
          }
          const complete = Math.min(counts.a, counts.b, counts.c);
          const results: unknown[] = [];
          while (flow.snapshot().results > 0) results.push(await flow.fetch());
          expect(results).to.deep.equal(Array.from({ length: complete }, (_, n) => [`a${n}`, `b${n}`, `c${n}`]));
        } finally {
          await bench.stopAll();
        }
      }),
      { numRuns: 40 },
    );
  });
});
