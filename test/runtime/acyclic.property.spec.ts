import { acyclicProperty } from '../fuzz/acyclic-property.js';
import { holds } from '../fuzz/fuzz-property.js';

describe('acyclic graphs', function () {
  this.timeout(60_000);

  it('R3 R4 R10 R11 R14 whatever they do with a message, every run ends, with just the results that it has to have', () =>
    holds(acyclicProperty, { runs: 100 }));
});
