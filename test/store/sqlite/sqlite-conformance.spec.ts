import { storeConformance } from '#src/store/conformance/index.js';

import { sqliteTarget } from './support/sqlite-target.js';

describe('H1 H1b H6 H7 H11 H13 H15 the conformance suite', () => {
  describe('on sqliteStore, inline', () => {
    for (const { title, run } of storeConformance(sqliteTarget({ worker: 'inline' }))) it(title, run);
  });
});
