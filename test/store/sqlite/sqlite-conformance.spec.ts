import { storeConformance } from '#src/store/conformance/index.js';

import { sqliteTarget } from './support/sqlite-target.js';

describe('H1 H1b H6 H11 H13 H15 the conformance suite', () => {
  for (const worker of ['inline', 'threads'] as const) {
    describe(`on sqliteStore, ${worker}`, () => {
      for (const { title, run } of storeConformance(sqliteTarget({ worker }))) it(title, run);
    });
  }
});
