import { expect, use } from 'chai';
import { handleAll, retry } from 'cockatiel';
import { CLOCK, dependency, Flow, FlowError, Node, start, type NodeContext } from '#src/index.js';
import { ManualClock, penguiflowChai, runOne } from '#src/testing/index.js';
import { failureOf } from '../support/settling.js';

use(penguiflowChai);

@Node({ name: 'Split' })
class Split {
  process(text: string): string {
    return text;
  }
}
@Node({ name: 'Quick' })
class Quick {
  process(text: string): string {
    return `${text} quick`;
  }
}

/** A macrotask later, without a timer. */
function soon(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

const never = new Promise<never>(() => {});

describe('runOne and the branches beside the first result', () => {
  it('shows a failure that came after the first result, as it was', async () => {
    const cause = new TypeError('no paper');
    @Node({ name: 'Audit' })
    class Audit {
      async process(_: string): Promise<void> {
        await soon();
        throw cause;
      }
    }
    @Flow({ name: 'run-one-late' })
    class Late {
      readonly graph = start(Split).to(Quick, Audit);
    }
    const run = await runOne(Late, 'a', { tenant: 'acme' });
    expect(run.value).to.equal('a quick');
    expect(run.error).to.include({ code: 'NODE_EXCEPTION', nodeName: 'Audit', cause });
    expect(run).to.have.failedWith('NODE_EXCEPTION').and.visited('Audit');
    expect(run.unfinished).to.deep.equal([]);
  });

  it('shows it also where nobody else would be told of it', async () => {
    @Node({ name: 'Audit', timeoutS: 0.01 })
    class Audit {
      process(_: string, ctx: NodeContext): Promise<void> {
        return ctx.sleep(60);
      }
    }
    @Flow({ name: 'run-one-silent', deliverFailures: false })
    class Silent {
      readonly graph = start(Split).to(Quick, Audit);
    }
    const run = await runOne(Silent, 'a');
    expect(run.error?.code).to.equal('NODE_TIMEOUT');
    expect(run.value).to.equal('a quick');
  });

  it('shows a deadline that passed on the way of another branch', async () => {
    @Node({ name: 'Blocks' })
    class Blocks {
      async process(text: string, ctx: NodeContext): Promise<string> {
        await ctx.sleep(0.02);
        return text;
      }
    }
    @Node({ name: 'After' })
    class After {
      process(_: string): void {}
    }
    @Flow({ name: 'run-one-deadline' })
    class Deadline {
      readonly graph = start(Split).to(Quick, Blocks).from(Blocks).to(After);
    }
    const clock = new ManualClock();
    const running = runOne(Deadline, 'a', { timeoutS: 0.01, providers: [{ token: CLOCK, useValue: clock }] });
    await clock.advance(100);
    const run = await running;
    expect([run.value, run.error?.code]).to.deep.equal(['a quick', 'DEADLINE_EXCEEDED']);
  });

  it('R35 times calls of dependencies on a clock that is moved by hand, and records them', async () => {
    const bank = dependency('bank', { timeoutS: 2, policy: retry(handleAll, { maxAttempts: 1 }) });
    let asked = 0;
    @Node({ name: 'Asks' })
    class Asks {
      process(text: string, ctx: NodeContext): Promise<string> {
        return ctx.through(bank, async () => {
          if (asked++ === 0) await ctx.sleep(60);
          return `${text} paid`;
        });
      }
    }
    @Flow({ name: 'run-one-dependency' })
    class Asking {
      readonly graph = start(Asks);
    }
    const clock = new ManualClock();
    const running = runOne(Asking, 'a', { providers: [{ token: CLOCK, useValue: clock }] });
    await clock.advance(2_000);
    const run = await running;
    expect([run.value, asked]).to.deep.equal(['a paid', 2]);
    const called = run.events.find(({ eventType }) => eventType === 'dependency_success');
    expect(called).to.deep.include({ latencyMs: 2_000 });
    expect(called!.extra).to.deep.equal({ dependency: 'bank', tries: 2, outcome: 'success' });
  });

  it('takes no failure from a run without one, whatever its branches deliver', async () => {
    @Node({ name: 'Many' })
    class Many {
      async *process(_: string): AsyncGenerator<string, void> {
        for (let n = 0; n < 200; n++) yield String(n);
      }
    }
    @Flow({ name: 'run-one-many' })
    class ManyFlow {
      readonly graph = start(Split).to(Quick, Many);
    }
    const run = await runOne(ManyFlow, 'a');
    expect([run.error, run.unfinished]).to.deep.equal([undefined, []]);
    expect(run).to.have.visited('Many');
  });

  for (const [title, hang] of [
    ['waits for time', (ctx: NodeContext) => ctx.sleep(3_600)],
    ['does not hear that it is to stop', () => never],
  ] as const) {
    for (const clock of [undefined, new ManualClock()]) {
      it(`does not hang on a branch that ${title}, on ${clock === undefined ? 'a real clock' : 'one that nobody moves'}`, async () => {
        @Node({ name: 'Hangs' })
        class Hangs {
          process(_: string, ctx: NodeContext): Promise<void> {
            return hang(ctx);
          }
        }
        @Flow({ name: 'run-one-hangs', blockedMs: 0 })
        class HangsFlow {
          readonly graph = start(Split).to(Quick, Hangs);
        }
        const providers = clock === undefined ? [] : [{ token: CLOCK, useValue: clock }];
        const run = await runOne(HangsFlow, 'a', { providers, drainS: 0.05 });
        expect(run.value).to.equal('a quick');
        expect(run.unfinished).to.deep.equal(['Hangs']);
        expect(run.error).to.equal(undefined);
      });
    }
  }

  it('does not hang on a stop hook that waits for a clock that nobody moves', async () => {
    const clock = new ManualClock();
    @Node({ name: 'Slow' })
    class Slow {
      process(text: string): string {
        return text;
      }
      onFlowStop(): Promise<void> {
        return new Promise((resolve) => {
          clock.setTimer(resolve, 60_000);
        });
      }
    }
    @Node({ name: 'Hangs' })
    class Hangs {
      process(_: string): Promise<void> {
        return never;
      }
    }
    @Flow({ name: 'run-one-hook' })
    class Hooked {
      readonly graph = start(Slow).to(Hangs, Quick);
    }
    const run = await runOne(Hooked, 'a', { providers: [{ token: CLOCK, useValue: clock }], drainS: 0 });
    expect(run.value).to.equal('a quick');
  });

  it('refuses a time for branches that is none', async () => {
    @Flow({ name: 'run-one-refused' })
    class Refused {
      readonly graph = start(Quick);
    }
    for (const drainS of [Number.NaN, -1, '1']) {
      const error = await failureOf(runOne(Refused, 'a', { drainS: drainS as number }));
      expect(FlowError.is(error, 'INVALID_OPTION')).to.equal(true);
      expect(error.message).to.contain('`drainS` of runOne() to be a number >= 0');
    }
  });
});
