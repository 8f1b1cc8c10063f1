import { holds } from '../../fuzz/fuzz-property.js';
import { joinsProperty } from '../../fuzz/joins-property.js';

describe('joins by origin in random graphs', function () {
  this.timeout(60_000);

  it('R19b give what descends from one emission of their fork, all of it and nothing else', () =>
    holds(joinsProperty, { runs: 120 }));
});
