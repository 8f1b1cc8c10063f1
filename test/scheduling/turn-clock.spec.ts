import { expect } from 'chai';
import { ManualClock } from '#src/testing/index.js';
import { SystemClock } from '#src/index.js';
import { LoopGovernor } from '#src/scheduling/loop-governor.js';
import { RunQueue } from '#src/scheduling/run-queue.js';
import { TurnClock } from '#src/scheduling/turn-clock.js';

/** A clock that shows what it is told. */
class Told extends ManualClock {
  wallMs = 1_700_000_000_000;
  elapsedMs = 0;
  looks = 0;

  override now(): number {
    return this.wallMs;
  }

  override monotonic(): number {
    this.looks++;
    return this.elapsedMs;
  }
}

describe('TurnClock', () => {
  let queue = new RunQueue(new LoopGovernor());
  beforeEach(() => (queue = new RunQueue(new LoopGovernor())));

  it('R20 gives seconds since the epoch, in whole milliseconds', () => {
    const clock = new Told();
    const time = new TurnClock(clock, queue);
    const seen: number[] = [];
    for (const elapsedMs of [0, 0.4, 0.999, 1, 1.5, 2, 7.25]) {
      clock.elapsedMs = elapsedMs;
      clock.wallMs = 1_700_000_000_000 + Math.floor(elapsedMs);
      queue.userCodeRan();
      seen.push(time.nowS());
    }
    const since = seen.map((ts) => Math.round(ts * 1000 - 1_700_000_000_000));
    expect(since).to.deep.equal([0, 0, 0, 1, 1, 2, 7]);
  });

  it('R20 asks a clock of somebody else each time, so that its wall clock may be set at any moment', () => {
    const clock = new Told();
    const time = new TurnClock(clock, queue);
    expect(time.nowS()).to.equal(1_700_000_000);
    clock.wallMs = 1_600_000_000_000;
    queue.userCodeRan();
    expect(time.nowS()).to.equal(1_600_000_000);
    clock.wallMs = 1_800_000_000_000;
    expect(time.nowS()).to.equal(1_800_000_000);
  });

  it('R20 looks once, until user code has run', () => {
    const clock = new Told();
    const time = new TurnClock(clock, queue);
    clock.elapsedMs = 1.5;
    expect([time.monotonic(), time.monotonic()]).to.deep.equal([1.5, 1.5]);
    time.nowS();
    expect(clock.looks).to.equal(1);
    clock.elapsedMs = 2.5;
    queue.userCodeRan();
    expect([time.monotonic(), clock.looks]).to.deep.equal([2.5, 2]);
  });

  it('R20 follows the clock of the machine over many milliseconds', () => {
    const clock = new SystemClock();
    const time = new TurnClock(clock, queue);
    const until = clock.now() + 5;
    do {
      const earliest = clock.now();
      queue.userCodeRan();
      const ts = Math.round(time.nowS() * 1000);
      // The wall clock shows whole milliseconds: what was read in the last fraction of one is trusted to its end.
      expect(ts).to.be.within(earliest - 1, clock.now() + 1);
    } while (clock.now() < until);
  });
});
