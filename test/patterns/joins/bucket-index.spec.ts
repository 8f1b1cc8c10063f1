import { expect } from 'chai';
import * as fc from 'fast-check';
import { BucketIndex } from '#src/patterns/joins/bucket-index.js';
import { JoinBucket } from '#src/patterns/joins/join-bucket.js';
import { testContext } from '#src/testing/index.js';

const SIZE = 3;

/** A part that arrives, or a bucket that is given up: which of those there are. */
type Step = { readonly key: number; readonly place: number } | { readonly gone: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ key: fc.nat(2), place: fc.nat(SIZE - 1) }) },
  { weight: 1, arbitrary: fc.record({ gone: fc.nat(20) }) },
);

/** As a join does it: a full bucket is done with. */
function play(steps: readonly Step[]): void {
  const index = new BucketIndex(undefined);
  const open: JoinBucket[] = [];
  const end = (bucket: JoinBucket): void => {
    index.delete(bucket);
    open.splice(open.indexOf(bucket), 1);
  };
  for (const [delivery, each] of steps.entries()) {
    if ('gone' in each) {
      const bucket = open[each.gone % open.length];
      if (bucket !== undefined) end(bucket);
    } else {
      const { key, place } = each;
      const ctx = testContext({ delivery });
      const oldest = open.find((bucket) => bucket.takes(key, place));
      const found = index.find(key, place, delivery);
      expect(found).to.equal(oldest);
      const bucket = found ?? new JoinBucket({ holding: 0 }, key, ctx, undefined, SIZE);
      if (found === undefined) {
        index.add(bucket);
        open.push(bucket);
      }
      bucket.add('part', place, ctx, undefined);
      expect(index.find(key, place, delivery)).to.equal(bucket);
      if (bucket.full) end(bucket);
    }
    expect([...index]).to.deep.equal(open);
    expect(index.size).to.equal(open.length);
  }
}

describe('the index of the buckets of a join', () => {
  it('R19b gives the oldest that can take a part, whichever were given up before it', () => {
    fc.assert(fc.property(fc.array(step, { maxLength: 120, size: 'max' }), play), { numRuns: 300 });
  });
});
