import { distributedProperty } from '../fuzz/distributed-property.js';
import { holds } from '../fuzz/fuzz-property.js';

describe('a flow in groups, whatever the graph', function () {
  this.timeout(60_000);

  it('D2 D6 D12 gives what it gives in one process, whichever processes end in the middle', () =>
    holds(distributedProperty, { runs: 40 }));
});
