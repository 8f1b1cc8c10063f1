import { expect } from 'chai';
import pg from 'pg';
import type { PostgresPool } from '#src/store/index.js';
import { openPool } from '#src/store/postgres/pool.js';

import { describeWithTool } from '../../support/needs-tool.js';
import { INIT, aRun, writeRuns } from '../support/rows.js';
import { ADDRESS, POSTGRES } from './support/postgres-target.js';
import { usePostgres } from './support/use-postgres.js';

const LEFT_BEHIND = `select (select count(*)::int from pg_prepared_statements) as statements,
  (select count(*)::int from pg_locks where pid = pg_backend_pid() and locktype = 'advisory') as locks,
  current_setting('search_path') as path, current_setting('lock_timeout') as timeout, current_setting('enable_sort') as sort,
  (select count(*)::int from pg_class where relpersistence = 't') as temporary`;

describeWithTool(POSTGRES, 'sessions of postgresStore', function () {
  this.timeout(20_000);
  const { newSchema, open } = usePostgres();
  const pools: pg.Pool[] = [];
  afterEach(async () => {
    for (const pool of pools.splice(0)) await pool.end();
  });
  const newPool = (config: pg.PoolConfig = {}): pg.Pool => {
    const pool = new pg.Pool({ connectionString: ADDRESS.href, ...config });
    pools.push(pool);
    return pool;
  };

  it('H14 a transaction pooler may give each transaction another connection, with whatever search path', async () => {
    const schema = newSchema();
    const pool = newPool({ options: '-c search_path=nowhere' });
    const left: unknown[] = [];
    const pooler: PostgresPool = {
      connect: async () => {
        const client = await pool.connect();
        // Before it goes back we look at what is left in it.
        const release = client.release.bind(client);
        client.release = (destroy) => {
          const freed = client.query(LEFT_BEHIND).then(({ rows }) => {
            left.push(rows[0]);
            release(destroy);
          });
          freed.catch(() => release(true));
        };
        return client;
      },
    };
    const store = open(schema, { pool: pooler });
    const { runner, epoch } = await writeRuns(store, 5);
    await Promise.all([
      store.list({ flow: 'Orders', count: true }),
      store.write({ runner, epoch, number: 2, runs: [aRun(runner, 9)] }),
      store.heartbeat({ runner, epoch, instance: INIT.instance }),
      store.stats(),
    ]);
    await store.prune({ keep: { maxRuns: 3 }, nowMs: 0 });
    await store.forget({ tenant: 'default' });
    await store.close(1);
    expect(left.length).to.be.greaterThan(8);
    for (const each of left) {
      const nothing = { statements: 0, locks: 0, path: 'nowhere', timeout: '0', sort: 'on', temporary: 0 };
      expect(each).to.deep.equal(nothing);
    }
  });

  it('H14 leaves a pool of the program to the program', async () => {
    const pool = newPool();
    const store = open(newSchema(), { pool });
    await writeRuns(store, 1);
    await store.close(1);
    expect((await pool.query('select 1 as one')).rows).to.deep.equal([{ one: 1 }]);
    expect((await store.open({ ...INIT, instance: 'again' })).runner).to.equal(2);
  });

  it('H7 a connection that is cut before anybody has it in hand does not end the process', async () => {
    const pool = openPool({ connectionString: ADDRESS.href });
    // As soon as the program hears of it there is somebody who listens.
    const listening = new Promise<number>((resolve) => {
      pool.on('connect', (client) => resolve((client as unknown as pg.Client).listenerCount('error')));
    });
    try {
      (await pool.connect()).release();
      expect(await listening).to.be.greaterThan(1);
    } finally {
      await pool.end();
    }
  });

  it('H1 reads what it has written whatever parsers and formats the program has', async () => {
    const parser = pg.types.getTypeParser(20) as (text: string) => string;
    pg.types.setTypeParser(20, BigInt);
    try {
      const options =
        '-c bytea_output=escape -c extra_float_digits=0 -c default_transaction_isolation=serializable -c default_transaction_read_only=on';
      const store = open(newSchema(), { config: { connectionString: ADDRESS.href, options } });
      const { runner, epoch } = await writeRuns(store, 1);
      const run = aRun(runner, 2, { startedMs: 1_700_000_000_000.1235, attempts: 2 ** 40 });
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
      const payloads = [{ runId: run.runId, messageId: 'm', bytes }];
      await store.write({ runner, epoch, number: 2, runs: [run], payloads });
      expect((await store.run(run))?.run).to.deep.equal({ ...run, pinned: false });
      expect((await store.payload(run.runId, 'm'))?.bytes).to.deep.equal(bytes);
    } finally {
      pg.types.setTypeParser(20, parser);
    }
  });
});
