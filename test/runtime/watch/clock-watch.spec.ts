import { expect } from 'chai';
import { CLOCK, type Clock, type ClockTimer } from '#src/index.js';
import { ClockWatch, watchOf, type Watched } from '#src/runtime/watch/clock-watch.js';
import { SystemClock } from '#src/scheduling/system-clock.js';
import { ManualClock } from '#src/testing/index.js';
import { useFlows } from '../../support/flows.js';
import { held, line, pass } from '../../support/nodes.js';
import { settle } from '../../support/settling.js';

/** A clock that counts the timers that let a process end. */
class CountingClock extends ManualClock {
  /** Those that wait now. */
  waiting = 0;
  set = 0;

  override setTimer(callback: () => void, delayMs: number): ClockTimer {
    let isIdle = false;
    const over = (): void => {
      if (isIdle) this.waiting--;
      isIdle = false;
    };
    const timer = super.setTimer(() => {
      over();
      callback();
    }, delayMs);
    return {
      cancel: () => {
        over();
        timer.cancel();
      },
      unref: () => {
        isIdle = true;
        this.waiting++;
        this.set++;
        timer.unref?.();
      },
    };
  }
}

const idle = { isWorking: false, seesLateness: true, lookAtLoop: () => {} };

function on(clock: Clock) {
  return { providers: [{ token: CLOCK, useValue: clock }] };
}

describe('the watch', () => {
  const bench = useFlows();

  it('R36 is one timer for all flows of a clock, every second, and holds no process', async () => {
    const clock = (bench.clock = new CountingClock());
    const slow = held('Slow', { concurrency: 9 });
    const flows = await Promise.all([1, 2, 3].map(() => bench.run(line(slow.node), on(clock))));
    expect([clock.waiting, clock.pending]).to.deep.equal([0, 0]);
    for (const flow of flows) await flow.emit(1);
    expect([clock.waiting, clock.pending]).to.deep.equal([1, 0]);
    await clock.advance(10_000);
    expect([clock.waiting, clock.set]).to.deep.equal([1, 11]);
  });

  it('R36 rests a second after the last run, and wakes with the next', async () => {
    const clock = (bench.clock = new CountingClock());
    const slow = held('Slow');
    const flow = await bench.run(line(slow.node), on(clock));
    for (let round = 0; round < 2; round++) {
      await flow.emit(1);
      await clock.advance(3_000);
      expect(clock.waiting).to.equal(1);
      slow.calls[round]?.resolve(1);
      await settle();
      await flow.fetch();
      await clock.advance(1_000);
      expect(clock.waiting).to.equal(0);
    }
    expect(clock.set).to.equal(8);
  });

  it('R36 goes on while interrupted code runs', async () => {
    const clock = (bench.clock = new CountingClock());
    const slow = held('Slow');
    const flow = await bench.run(line(slow.node), on(clock));
    await flow.emit(1, { traceId: 'a' });
    flow.cancel('a');
    await clock.advance(10_000);
    expect(clock.waiting).to.equal(1);
    slow.calls[0]?.resolve();
    await clock.advance(1_000);
    expect(clock.waiting).to.equal(0);
  });

  it('R36 R8 is left by a flow that stops, also with work that it gave up', async () => {
    const clock = (bench.clock = new CountingClock());
    const slow = held('Slow');
    const flow = await bench.run(line(slow.node), on(clock));
    await flow.emit(1);
    const stopped = flow.stop({ graceS: 0 });
    await clock.advance(0);
    await stopped;
    expect(clock.waiting).to.equal(0);
  });

  it('R36 costs a flow nothing that does nothing', async () => {
    const clock = (bench.clock = new CountingClock());
    const flow = await bench.run(line(pass('A')), on(clock));
    void flow.fetch().catch(() => {});
    await clock.advance(10_000);
    expect(clock.set).to.equal(0);
  });

  it('R36 is the same for all clocks of the machine, and another one for any other clock', () => {
    class OtherClock extends SystemClock {}
    expect(watchOf(new SystemClock())).to.equal(watchOf(new SystemClock()));
    const [one, other] = [new OtherClock(), new OtherClock()];
    expect(watchOf(one)).to.equal(watchOf(one));
    expect(new Set([watchOf(new SystemClock()), watchOf(one), watchOf(other)]).size).to.equal(3);
  });

  it('R36 a look that fails keeps the others from nothing but that one', async () => {
    const clock = new ManualClock();
    const watch = new ClockWatch(clock);
    let looks = 0;
    const fails: Watched = {
      ...idle,
      look: () => {
        throw new Error('no');
      },
    };
    watch.wake({ ...idle, look: () => ++looks > 0 });
    watch.wake(fails);
    await clock.advance(1_000).catch(() => {});
    watch.forget(fails);
    await clock.advance(1_000);
    expect(looks).to.equal(2);
  });

  it('R36 a flow that another one stops while they are looked at is not looked at', async () => {
    const clock = new ManualClock();
    const watch = new ClockWatch(clock);
    let looks = 0;
    const second: Watched = { ...idle, look: () => ++looks > 0 };
    watch.wake({
      ...idle,
      look: () => {
        watch.forget(second);
        return true;
      },
    });
    watch.wake(second);
    await clock.advance(1_000);
    expect(looks).to.equal(0);
  });

  it('R36 the timer of the machine lets the process end', () => {
    const holding = (): number => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = holding();
    const timer = new SystemClock().setTimer(() => {}, 1_000);
    expect(holding()).to.equal(before + 1);
    timer.unref?.();
    expect(holding()).to.equal(before);
    timer.cancel();
  });
});
