import { carrierConformance } from '#src/distributed/conformance/index.js';

import { SQLITE_TARGET } from './sqlite-target.js';

describe('sqliteCarrier', () => {
  describe('D2 D4 D6 D8 D9 D10 D11 D12 D14 D16 D17 D21 D24 D25 D26 D27 D31 D34 the conformance suite', function () {
    this.timeout(120_000);
    for (const { title, run } of carrierConformance(SQLITE_TARGET)) it(title, run);
  });
});
