import { expect } from 'chai';
import fc from 'fast-check';
import { TimerWheel, WheelEntry } from '#src/scheduling/timer-wheel.js';
import { ManualClock } from '#src/testing/index.js';
import { BlockedLoopClock } from '../support/blocked-loop-clock.js';
import { settle } from '../support/settling.js';

describe('TimerWheel', () => {
  let clock = new ManualClock();
  let wheel = new TimerWheel(clock);
  let fired: string[] = [];
  const entry = (name: string): WheelEntry => new WheelEntry(() => void fired.push(`${name} at ${clock.monotonic()}`));

  beforeEach(() => {
    clock = new ManualClock();
    wheel = new TimerWheel(clock);
    fired = [];
  });

  it('R11 fires each entry at its time, never early', async () => {
    for (const delay of [700, 1, 0, 64, 63, 65, 5_000]) wheel.schedule(entry(`${delay}`), delay);
    await clock.advance(10_000);
    expect(fired).to.deep.equal([0, 1, 63, 64, 65, 700, 5_000].map((delay) => `${delay} at ${delay}`));
    expect(clock.pending).to.equal(0);
  });

  it('needs one host timer for all of them', () => {
    for (let n = 0; n < 100; n++) wheel.schedule(entry('x'), 1_000 - n);
    expect(clock.pending).to.equal(1);
  });

  it('fires in the order of scheduling where the times are equal', async () => {
    for (const name of ['a', 'b', 'c']) wheel.schedule(entry(name), 10);
    await clock.advance(10);
    expect(fired).to.deep.equal(['a at 10', 'b at 10', 'c at 10']);
  });

  it('does not fire what was cancelled; cancelling twice is fine', async () => {
    const [kept, gone] = [entry('kept'), entry('gone')];
    wheel.schedule(kept, 10);
    wheel.schedule(gone, 10);
    expect(gone.scheduled).to.equal(true);
    wheel.cancel(gone);
    wheel.cancel(gone);
    expect(gone.scheduled).to.equal(false);
    await clock.advance(100);
    expect(fired).to.deep.equal(['kept at 10']);
  });

  it('moves an entry that is scheduled again', async () => {
    const moved = entry('moved');
    wheel.schedule(moved, 10);
    wheel.schedule(moved, 200);
    await clock.advance(100);
    expect(fired).to.deep.equal([]);
    wheel.schedule(moved, 5);
    await clock.advance(100);
    expect(fired).to.deep.equal(['moved at 105']);
  });

  it('lets an entry schedule itself and others while it fires', async () => {
    const other = entry('other');
    const ticker: WheelEntry = new WheelEntry(() => {
      fired.push(`tick at ${clock.monotonic()}`);
      if (fired.length < 3) wheel.schedule(ticker, 10);
      else wheel.schedule(other, 0);
    });
    wheel.schedule(ticker, 10);
    await clock.advance(100);
    expect(fired).to.deep.equal(['tick at 10', 'tick at 20', 'tick at 30', 'other at 30']);
  });

  it('lets an entry cancel one that is due at the same time', async () => {
    const second = entry('second');
    wheel.schedule(new WheelEntry(() => wheel.cancel(second)), 10);
    wheel.schedule(second, 10);
    await clock.advance(100);
    expect(fired).to.deep.equal([]);
  });

  it('fires the others when one throws', async () => {
    const error = new Error('no');
    wheel.schedule(
      new WheelEntry(() => {
        throw error;
      }),
      10,
    );
    wheel.schedule(entry('next'), 11);
    let thrown: unknown;
    await clock.advance(10).catch((reason: unknown) => {
      thrown = reason;
    });
    expect(thrown).to.equal(error);
    await clock.advance(10);
    expect(fired).to.deep.equal(['next at 11']);
  });

  it('forgets everything when it is disposed', async () => {
    wheel.schedule(entry('a'), 10);
    wheel.schedule(entry('b'), 1_000);
    wheel.dispose();
    expect(clock.pending).to.equal(0);
    await clock.advance(10_000);
    expect(fired).to.deep.equal([]);
  });

  describe('whose timer comes late, because the event loop was blocked', () => {
    let blocked = new BlockedLoopClock();
    const late = (name: string, resumes = false): WheelEntry => new WheelEntry(() => void fired.push(name), resumes);

    beforeEach(() => {
      blocked = new BlockedLoopClock();
      wheel = new TimerWheel(blocked, 100);
    });

    it('R11b fires at once what lets work go on, and the rest after a turn of the loop', async () => {
      wheel.schedule(late('timeout'), 10);
      wheel.schedule(late('sleep', true), 20);
      setImmediate(() => void fired.push('what was done'));
      blocked.block(1_500);
      expect(fired).to.deep.equal(['sleep']);
      await settle();
      expect(fired).to.deep.equal(['sleep', 'what was done', 'timeout']);
    });

    it('R11b fires everything at once when it is no later than it may be', () => {
      wheel.schedule(late('timeout'), 10);
      wheel.schedule(late('sleep', true), 20);
      blocked.block(110);
      expect(fired).to.deep.equal(['timeout', 'sleep']);
    });

    it('R11b loses nothing that is scheduled in that turn', async () => {
      wheel.schedule(late('timeout'), 10);
      wheel.schedule(
        new WheelEntry(() => {
          fired.push('sleep');
          wheel.schedule(late('sooner'), 0);
          wheel.schedule(late('later'), 300);
        }, true),
        20,
      );
      blocked.block(1_500);
      await settle();
      blocked.block(1);
      expect(fired).to.deep.equal(['sleep', 'timeout', 'sooner']);
      blocked.block(299);
      expect(fired.at(-1)).to.equal('later');
    });

    it('R8 fires nothing once it is disposed, also in that turn', async () => {
      wheel.schedule(late('timeout'), 10);
      blocked.block(1_500);
      wheel.dispose();
      await settle();
      expect(fired).to.deep.equal([]);
    });
  });

  it('R11 fires what is left, at its time, whatever is scheduled, moved and cancelled on the way', async () => {
    const step = fc.record({
      entry: fc.nat(5),
      delay: fc.nat(400),
      act: fc.constantFrom('set', 'set', 'cancel', 'wait'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        clock = new ManualClock();
        wheel = new TimerWheel(clock);
        const due = new Map<number, number>();
        const entries = Array.from({ length: 6 }, (_, index) => {
          return new WheelEntry(() => {
            expect(clock.monotonic()).to.equal(due.get(index));
            due.delete(index);
          });
        });
        for (const { entry: index, delay, act } of steps) {
          const chosen = entries[index] as WheelEntry;
          if (act === 'set') {
            wheel.schedule(chosen, delay);
            due.set(index, clock.monotonic() + delay);
          } else if (act === 'cancel') {
            wheel.cancel(chosen);
            due.delete(index);
          } else {
            await clock.advance(delay);
          }
          for (const [key, at] of due) {
            expect(entries[key]?.scheduled).to.equal(true);
            if (act === 'wait') expect(at).to.be.greaterThan(clock.monotonic() - 1);
          }
        }
        await clock.advance(1_000);
        expect(due.size).to.equal(0);
        expect(clock.pending).to.equal(0);
      }),
      { numRuns: 60 },
    );
  });
});
