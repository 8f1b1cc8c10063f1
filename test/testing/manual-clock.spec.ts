import { mock } from 'node:test';
import { expect } from 'chai';
import fc from 'fast-check';
import { CLOCK, createFlow, Flow, Node, start, type NodeContext } from '#src/index.js';
import { ManualClock, runOne } from '#src/testing/index.js';
import { failureOf } from '../support/settling.js';
import { thrownBy } from '../support/thrown-by.js';

/** Other timers of all kinds, which never call back. */
function fakeTimers(): () => void {
  const names = [
    'setImmediate',
    'setTimeout',
    'setInterval',
    'clearImmediate',
    'clearTimeout',
    'clearInterval',
  ] as const;
  const originals = names.map((name) => [name, globalThis[name]] as const);
  for (const name of names) Object.assign(globalThis, { [name]: () => ({ unref: () => undefined }) });
  return () => {
    for (const [name, original] of originals) Object.assign(globalThis, { [name]: original });
  };
}

@Node({ name: 'Patient', timeoutS: 5 })
class Patient {
  async process(text: string, ctx: NodeContext): Promise<string> {
    await ctx.sleep(2);
    return text.toUpperCase();
  }
}
@Flow({ name: 'patient-flow' })
class PatientFlow {
  readonly graph = start(Patient);
}

describe('ManualClock', () => {
  describe('beside fake timers', () => {
    for (const [title, install] of [
      ['that stand in the place of the globals', fakeTimers],
      [
        'of node:test, which stand in the place of those of node:timers, too',
        () => {
          mock.timers.enable({ apis: ['setImmediate', 'setTimeout', 'setInterval', 'Date'] });
          return () => mock.timers.reset();
        },
      ],
    ] as const) {
      it(`moves a flow on, beside timers ${title}`, async () => {
        const restore = install();
        try {
          const clock = new ManualClock();
          const running = runOne(PatientFlow, 'a', { providers: [{ token: CLOCK, useValue: clock }] });
          await clock.advance(2_000);
          expect((await running).value).to.equal('A');
        } finally {
          restore();
        }
      });
    }

    it('R30 leaves no flow of the process behind that waits for a timer that is gone', async () => {
      @Node({ name: 'Echo' })
      class Echo {
        process(n: number): number {
          return n;
        }
      }
      @Flow({ name: 'echo-flow' })
      class EchoFlow {
        readonly graph = start(Echo);
      }
      const flow = createFlow(EchoFlow, { providers: [{ token: CLOCK, useValue: new ManualClock() }] });
      await flow.run();
      const restore = fakeTimers();
      try {
        // Enough for the runtime to want a macrotask, and for more than it may hold the loop.
        const until = performance.now() + 30;
        while (performance.now() < until) await flow.call(1);
      } finally {
        restore();
      }
      expect(await Promise.all(Array.from({ length: 500 }, (_, n) => flow.call(n)))).to.have.length(500);
      await flow.stop({ graceS: 0 });
    });
  });

  it('refuses to go nowhere, back or forever, and says what it got', async () => {
    const clock = new ManualClock();
    for (const [ms, got] of [
      [Number.NaN, 'a finite number, got NaN'],
      [Number.POSITIVE_INFINITY, 'a finite number, got Infinity'],
      [-1, '>= 0, got -1'],
      ['5', 'a finite number, got "5"'],
      [undefined, 'a finite number, got undefined'],
    ] as const) {
      const error = await failureOf(clock.advance(ms as number));
      expect(error).to.include({
        code: 'INVALID_OPTION',
        message: `Expected \`ms\` of ManualClock.advance() to be ${got}`,
      });
    }
    expect(clock.monotonic()).to.equal(0);
    expect(thrownBy(() => clock.setNow(Number.NaN)).message).to.contain('`nowMs` of ManualClock.setNow()');
    expect(thrownBy(() => new ManualClock(Number.NaN)).message).to.contain('`startMs` of ManualClock');
  });

  it('adds up moves that are asked for at once', async () => {
    const clock = new ManualClock(0);
    const fired: number[] = [];
    for (const due of [5_000, 1_000, 3_000]) clock.setTimer(() => fired.push(clock.monotonic()), due);
    await Promise.all([clock.advance(2_000), clock.advance(3_000)]);
    expect([clock.monotonic(), clock.now()]).to.deep.equal([5_000, 5_000]);
    expect(fired).to.deep.equal([1_000, 3_000, 5_000]);
  });

  it('fires every timer at its time, however the way is cut into moves, one after the other or at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -10, max: 5_000 }), { maxLength: 10 }),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 2_000 }), fc.boolean()), { minLength: 1, maxLength: 5 }),
        async (delays, moves) => {
          const clock = new ManualClock(0);
          const fired: number[] = [];
          for (const delay of delays) clock.setTimer(() => fired.push(clock.monotonic()), delay);
          const asked: Promise<void>[] = [];
          for (const [ms, isAwaited] of moves) {
            asked.push(clock.advance(ms));
            if (isAwaited) await asked.at(-1);
          }
          await Promise.all(asked);
          const end = moves.reduce((sum, [ms]) => sum + ms, 0);
          expect(clock.monotonic()).to.equal(end);
          const due = delays.map((delay) => Math.max(0, delay)).filter((at) => at <= end);
          expect(fired).to.deep.equal(due.toSorted((a, b) => a - b));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('moves on after a timer that threw, and tells whoever moved it', async () => {
    const clock = new ManualClock();
    clock.setTimer(() => {
      throw new RangeError('no');
    }, 10);
    const [first, second] = [clock.advance(20), clock.advance(30)];
    expect(String(await first.catch((error: unknown) => error))).to.equal('RangeError: no');
    await second;
    expect(clock.monotonic()).to.equal(40);
  });

  it('fires a timer whose delay is no number at once, as the platform does', async () => {
    const clock = new ManualClock();
    let fired = 0;
    clock.setTimer(() => fired++, Number.NaN);
    await clock.advance(0);
    expect(fired).to.equal(1);
  });
});
