import { expect } from 'chai';
import fc from 'fast-check';
import { backoffS } from '#src/policy/backoff.js';

const policy = { backoffBaseS: 0.5, backoffMultiplier: 2, maxBackoffS: undefined, jitter: 'none' } as const;

describe('backoffS', () => {
  it('R10 is base × multiplier^(retry − 1)', () => {
    expect([1, 2, 3, 4].map((retry) => backoffS(policy, retry))).to.deep.equal([0.5, 1, 2, 4]);
    expect(backoffS({ ...policy, backoffBaseS: 0 }, 9)).to.equal(0);
  });

  it('R10 is at most maxBackoffS', () => {
    expect([1, 2, 3].map((retry) => backoffS({ ...policy, maxBackoffS: 0.8 }, retry))).to.deep.equal([0.5, 0.8, 0.8]);
    expect(backoffS({ ...policy, maxBackoffS: 0 }, 1)).to.equal(0);
  });

  it('R10 draws no random number without jitter', () => {
    const random = (): number => expect.fail('drawn');
    expect(backoffS(policy, 1, random)).to.equal(0.5);
  });

  it('R10 with full jitter is the drawn part of the capped wait', () => {
    expect(backoffS({ ...policy, jitter: 'full', maxBackoffS: 1 }, 5, () => 0.25)).to.equal(0.25);
    expect(backoffS({ ...policy, jitter: 'full' }, 1, () => 0)).to.equal(0);
  });

  it('R10 is finite, never negative and never above the cap, whatever the numbers', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e9, noNaN: true }),
        fc.double({ min: 1e-3, max: 1e9, noNaN: true }),
        fc.option(fc.double({ min: 0, max: 1e9, noNaN: true }), { nil: undefined }),
        fc.integer({ min: 1, max: 5_000 }),
        fc.constantFrom('none' as const, 'full' as const),
        (backoffBaseS, backoffMultiplier, maxBackoffS, retry, jitter) => {
          const wait = backoffS({ backoffBaseS, backoffMultiplier, maxBackoffS, jitter }, retry);
          expect(Number.isFinite(wait)).to.equal(true);
          expect(wait).to.be.at.least(0);
          if (maxBackoffS !== undefined) expect(wait).to.be.at.most(maxBackoffS);
        },
      ),
    );
  });
});
