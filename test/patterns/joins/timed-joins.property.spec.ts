import { holds } from '../../fuzz/fuzz-property.js';
import { timedJoinsProperty } from '../../fuzz/timed-joins-property.js';

describe('timed joins in random graphs', function () {
  this.timeout(60_000);

  it('R19b R19d pair what belongs together whatever waits, and let nothing wait for ever', () =>
    holds(timedJoinsProperty, { runs: 80 }));
});
