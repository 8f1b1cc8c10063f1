import { cyclesProperty } from '../fuzz/cycles-property.js';
import { holds } from '../fuzz/fuzz-property.js';

describe('cycles', function () {
  this.timeout(60_000);

  it('R6b whatever cycles share a node, every run ends and nothing of it stays', () =>
    holds(cyclesProperty, { runs: 60 }));
});
