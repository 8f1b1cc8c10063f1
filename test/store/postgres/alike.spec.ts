import { memoryStore, postgresStore } from '#src/store/index.js';
import type { PostgresStore } from '#src/store/postgres/postgres-store.js';

import { describeWithTool } from '../../support/needs-tool.js';
import { Comparison, RUNS } from '../support/comparison.js';
import { ADDRESS, dropSchema, newSchema, POSTGRES } from './support/postgres-target.js';

describeWithTool(POSTGRES, 'postgresStore beside memoryStore', () => {
  it(`H1 H1b H6 H11 H13 answers alike, for ${RUNS} runs at random and questions about them`, async function () {
    this.timeout(60_000 + RUNS * 60);
    const schema = newSchema();
    const stores = [memoryStore({ maxRuns: 1_000_000 }), postgresStore({ url: ADDRESS.href, schema })] as const;
    try {
      await new Comparison(stores).compare();
    } finally {
      await (stores[1] as PostgresStore).abandon();
      await dropSchema(schema);
    }
  });
});
