import { performance } from 'node:perf_hooks';

import { expect } from 'chai';
import { SystemClock } from '../../src/index.js';

/** Less than a nanosecond, which is what adding and taking away fractions may differ by. */
const ROUNDING_MS = 1e-6;

describe('SystemClock', () => {
  it('R12 counts milliseconds as the performance clock does, and never back', () => {
    const clock = new SystemClock();
    const outerBegin = performance.now();
    const begin = clock.monotonic();
    const innerBegin = performance.now();
    let last = begin;
    for (let n = 0; n < 10_000; n++) {
      const next = clock.monotonic();
      expect(next >= last).to.equal(true);
      last = next;
    }
    const innerEnd = performance.now();
    const end = clock.monotonic();
    const outerEnd = performance.now();
    expect(end - begin).to.be.within(innerEnd - innerBegin - ROUNDING_MS, outerEnd - outerBegin + ROUNDING_MS);
  });
});
