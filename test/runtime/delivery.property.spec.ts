import { deliveryProperty } from '../fuzz/delivery-property.js';
import { holds } from '../fuzz/fuzz-property.js';
import { ringsProperty } from '../fuzz/rings-property.js';

describe('delivery, whatever the graph', function () {
  this.timeout(60_000);

  it('R4 nothing is lost, doubled or, with one message at a time, reordered', () =>
    holds(deliveryProperty, { runs: 60 }));

  it('R4 a ring of nodes never blocks itself, wherever messages join it', () => holds(ringsProperty, { runs: 60 }));
});
