import { storeConformance } from '#src/store/conformance/index.js';

import { describeWithTool } from '../../support/needs-tool.js';
import { POSTGRES, postgresTarget } from './support/postgres-target.js';

describeWithTool(POSTGRES, 'H1 H1b H6 H7 H11 H13 H14 the conformance suite on postgresStore', function () {
  this.timeout(20_000);
  for (const { title, run } of storeConformance(postgresTarget({ worker: 'inline' }))) it(title, run);
});
