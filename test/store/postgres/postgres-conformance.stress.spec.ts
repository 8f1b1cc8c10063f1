import { storeConformance } from '#src/store/conformance/index.js';

import { describeWithTool } from '../../support/needs-tool.js';
import { POSTGRES, postgresTarget } from './support/postgres-target.js';

describeWithTool(
  POSTGRES,
  'H1 H1b H6 H7 H11 H13 H14 the conformance suite on postgresStore with its thread',
  function () {
    this.timeout(30_000);
    for (const { title, run } of storeConformance(postgresTarget())) it(title, run);
  },
);
