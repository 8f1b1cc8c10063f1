import { expect } from 'chai';
import pg from 'pg';
import { storeConformance } from '#src/store/conformance/index.js';

import { describeWithTool } from '../../support/needs-tool.js';
import { PGBOUNCER, PgBouncer } from './support/pg-bouncer.js';
import { postgresTarget } from './support/postgres-target.js';

describeWithTool(PGBOUNCER, 'H14 postgresStore through PgBouncer, which pools transactions', function () {
  this.timeout(30_000);
  let pooler: PgBouncer;
  before(async () => {
    pooler = await PgBouncer.start();
  });
  after(() => pooler.end());

  it('H14 is behind one that keeps nothing of a session', async () => {
    const client = new pg.Client({ connectionString: pooler.url });
    const others = Array.from({ length: 3 }, () => new pg.Client({ connectionString: pooler.url }));
    await Promise.all([client, ...others].map(async (each) => each.connect()));
    try {
      const pids = new Set<unknown>();
      for (const other of others) {
        pids.add((await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]?.pid);
        // Takes what was free, for the time of a transaction.
        await other.query('begin; select 1');
      }
      expect(pids.size).to.equal(3);
    } finally {
      for (const other of others) await other.query('rollback');
      await Promise.all([client, ...others].map(async (each) => each.end()));
    }
  });

  for (const migrate of ['auto', 'check'] as const) {
    describe(`the conformance suite, migrate: '${migrate}'`, () => {
      const target = postgresTarget({ worker: 'inline', migrate, url: () => pooler.url });
      for (const { title, run } of storeConformance(target)) it(title, run);
    });
  }
});
