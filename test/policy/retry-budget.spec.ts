import { expect } from 'chai';
import fc from 'fast-check';
import { RetryBudget } from '#src/policy/retry-budget.js';

describe('RetryBudget', () => {
  it('R10b gives ten retries whatever the share, and a share of the attempts', () => {
    const none = new RetryBudget(0);
    expect(taken(none, 5_000, 20)).to.equal(10);
    const fifth = new RetryBudget(0.2);
    for (let n = 0; n < 100; n++) fifth.noteAttempt(5_000);
    expect(taken(fifth, 5_000, 100)).to.equal(30);
  });

  it('R10b forgets what is older than ten seconds, however long nothing happened', () => {
    const budget = new RetryBudget(0.5);
    budget.noteAttempt(0);
    expect(taken(budget, 0, 100)).to.equal(11);
    expect(taken(budget, 9_999, 100)).to.equal(0);
    expect(taken(budget, 10_000, 100)).to.equal(10);
    expect(taken(budget, 1e12, 100)).to.equal(10);
  });

  it('R10b agrees with a list of all that happened', () => {
    const step = fc.record({ afterMs: fc.integer({ min: 0, max: 4_000 }), attempts: fc.nat(30), retries: fc.nat(30) });
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.array(step, { maxLength: 40 }), (share, steps) => {
        const budget = new RetryBudget(share);
        const [attempts, retries]: [number[], number[]] = [[], []];
        let nowMs = 0;
        const inWindow = (times: readonly number[]): number =>
          times.filter((second) => second > Math.floor(nowMs / 1000) - 10).length;
        for (const { afterMs, attempts: begun, retries: wanted } of steps) {
          nowMs += afterMs;
          for (let n = 0; n < begun; n++) {
            budget.noteAttempt(nowMs);
            attempts.push(Math.floor(nowMs / 1000));
          }
          for (let n = 0; n < wanted; n++) {
            const expected = inWindow(retries) < share * inWindow(attempts) + 10;
            expect(budget.take(nowMs)).to.equal(expected);
            if (expected) retries.push(Math.floor(nowMs / 1000));
          }
        }
      }),
    );
  });
});

function taken(budget: RetryBudget, nowMs: number, wanted: number): number {
  let count = 0;
  for (let n = 0; n < wanted; n++) if (budget.take(nowMs)) count++;
  return count;
}
