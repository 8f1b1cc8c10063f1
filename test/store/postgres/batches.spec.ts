import { expect } from 'chai';
import pg from 'pg';
import { FlowError } from '#src/index.js';
import { runIdOf, type AttemptRow, type PostgresPool, type StoreBatch } from '#src/store/index.js';
import type { PostgresStore } from '#src/store/postgres/postgres-store.js';

import { describeWithTool } from '../../support/needs-tool.js';
import { rejectionOf } from '../support/rejection-of.js';
import { aRun, INIT, writeRuns } from '../support/rows.js';
import { CuttingProxy } from './support/cutting-proxy.js';
import { ADDRESS, POSTGRES } from './support/postgres-target.js';
import { usePostgres } from './support/use-postgres.js';

describeWithTool(POSTGRES, 'batches of postgresStore that wait', function () {
  this.timeout(20_000);
  const { newSchema, open } = usePostgres();
  const pools: pg.Pool[] = [];
  afterEach(async () => {
    for (const pool of pools.splice(0)) await pool.end();
  });
  /** A store, and how many transactions it has committed. */
  const counted = (): { readonly store: PostgresStore; commits: () => number } => {
    const pool = new pg.Pool({ connectionString: ADDRESS.href });
    pools.push(pool);
    let commits = 0;
    const counting: PostgresPool = {
      connect: async () => {
        const client = await pool.connect();
        return {
          query: async (query) => {
            if (query.text === 'commit') commits += 1;
            return client.query(query);
          },
          on: (event, listener) => client.on(event, listener),
          off: (event, listener) => client.off(event, listener),
          release: (destroy) => client.release(destroy),
        };
      },
    };
    return { store: open(newSchema(), { pool: counting }), commits: () => commits };
  };

  it('H6 H14 go into one transaction, and say of each what has become of it', async () => {
    const { store, commits } = counted();
    const { runner, epoch } = await writeRuns(store, 1);
    const before = commits();
    const numbers = [2, 3, 4, 5, 6, 7, 8];
    const written = numbers.map(async (number) => store.write(aBatch({ runner, epoch }, number)));
    expect(await Promise.all(written)).to.deep.equal(numbers.map(() => 'stored'));
    // The first one went as soon as it came.
    expect(commits() - before).to.equal(2);
    const { runs, attempts } = await store.stats();
    expect([runs, attempts]).to.deep.equal([1 + numbers.length, numbers.length]);
    const again = [4, 8, 9, 10].map(async (number) => store.write(aBatch({ runner, epoch }, number)));
    expect(await Promise.all(again)).to.deep.equal(['repeated', 'repeated', 'stored', 'stored']);
  });

  it('H6 H14 are what they would be one after the other', async () => {
    const { store, commits } = counted();
    const { runner, epoch } = await writeRuns(store, 1);
    const [run, other] = [aRun(runner, 20), aRun(runner, 21)];
    const open20 = { ...run, status: 'running' as const, endedMs: undefined };
    const before = commits();
    await Promise.all(
      [
        { runs: [aRun(runner, 2)] },
        // Of a run that is not there yet: left out.
        { runs: [open20], attempts: [anAttempt(other.runId, 7)] },
        {
          labels: [{ runId: run.runId, name: 'order', value: 'old' }],
          attempts: [{ ...anAttempt(run.runId, 1), outcome: 'running' as const, endedMs: undefined }],
        },
        {
          runs: [{ ...run, status: 'failed' as const }, other],
          labels: [{ runId: run.runId, name: 'order', value: 'new' }],
          attempts: [anAttempt(run.runId, 1), anAttempt(other.runId, 1)],
        },
        // It has ended: it stays as it is.
        { runs: [open20], attempts: [{ ...anAttempt(run.runId, 1), node: 'Late' }] },
      ].map(async (rows, index) => store.write({ runner, epoch, number: index + 2, ...rows })),
    );
    expect(commits() - before).to.equal(2);
    const detail = await store.run({ runId: run.runId });
    expect(detail?.run.status).to.equal('failed');
    expect(detail?.labels.map(({ value }) => value)).to.deep.equal(['new']);
    expect(detail?.attempts.map(({ node, outcome }) => [node, outcome])).to.deep.equal([['Price', 'succeeded']]);
    expect((await store.run({ runId: other.runId }))?.attempts.map(({ seq }) => seq)).to.deep.equal([1]);
    const { runs, running, attempts, counters } = await store.stats();
    expect([runs, running, attempts]).to.deep.equal([4, 0, 2]);
    expect(counters.map(({ status, runs: count }) => [status, count])).to.have.deep.members([
      ['succeeded', 3],
      ['failed', 1],
    ]);
  });

  it('H7 H14 a row that is refused hurts its own batch only', async () => {
    const { store } = counted();
    const { runner, epoch } = await writeRuns(store, 1);
    const long = String.fromCodePoint(
      ...Array.from({ length: 9_000 }, (_, index) => 0x4e_00 + ((index * 7_919) % 20_000)),
    );
    const bad = { runId: runIdOf(runner, 4), messageId: long, bytes: new Uint8Array() };
    const written = [2, 3, 4, 5].map(async (number) => {
      const batch = aBatch({ runner, epoch }, number);
      try {
        return await store.write(number === 4 ? { ...batch, payloads: [bad] } : batch);
      } catch (error) {
        return FlowError.is(error) ? [error.code, error.metadata] : error;
      }
    });
    expect(await Promise.all(written)).to.deep.equal([
      'stored',
      'stored',
      ['STORE_ROW_REFUSED', { table: 'payloads', runId: bad.runId }],
      'stored',
    ]);
    expect((await store.stats()).runs).to.equal(4);
  });

  it('H6 H14 a batch of an old epoch is claimed, those of the new one beside it are stored', async () => {
    const { store } = counted();
    const { runner, epoch } = await writeRuns(store, 1);
    await store.claimDead([{ runner, epoch, beat: 0 }], 5);
    const { epoch: now } = await store.heartbeat({ runner, epoch, instance: INIT.instance });
    const batches = [
      aBatch({ runner, epoch: now! }, 2),
      aBatch({ runner, epoch }, 3),
      aBatch({ runner, epoch }, 4),
      aBatch({ runner, epoch: now! }, 5),
    ];
    const outcomes = await Promise.all(batches.map(async (batch) => store.write(batch)));
    expect(outcomes).to.deep.equal(['stored', 'claimed', 'claimed', 'stored']);
  });

  it('H6 H7 H14 what waits behind one that cannot be written comes again after it', async () => {
    const proxy = await CuttingProxy.listen();
    try {
      const store = open(newSchema(), { config: { connectionString: proxy.url } });
      const { runner, epoch } = await writeRuns(store, 1);
      proxy.cutNext = 'before';
      const numbers = [2, 3, 4];
      for (const error of await Promise.all(
        numbers.map(async (number) => rejectionOf(store.write(aBatch({ runner, epoch }, number)))),
      )) {
        expect((error as FlowError).code).to.equal('STORE_UNAVAILABLE');
      }
      const again = numbers.map(async (number) => store.write(aBatch({ runner, epoch }, number)));
      expect(await Promise.all(again)).to.deep.equal(['stored', 'stored', 'stored']);
      expect((await store.stats()).runs).to.equal(4);
      await store.abandon();
    } finally {
      await proxy.close();
    }
  });

  it('H6 H7 H14 when the answer to COMMIT is lost, each comes again and is repeated', async () => {
    const proxy = await CuttingProxy.listen();
    try {
      const store = open(newSchema(), { config: { connectionString: proxy.url } });
      const { runner, epoch } = await writeRuns(store, 1);
      const send = (): Promise<unknown>[] =>
        [2, 3, 4].map(async (number) => {
          if (number === 2) return store.write(aBatch({ runner, epoch }, number));
          return rejectionOf(store.write(aBatch({ runner, epoch }, number)));
        });
      const first = send();
      await first[0];
      proxy.cutNext = 'after';
      const [, ...errors] = await Promise.all(first);
      for (const error of errors) expect((error as FlowError).code).to.equal('STORE_UNAVAILABLE');
      const again = [3, 4].map(async (number) => store.write(aBatch({ runner, epoch }, number)));
      expect(await Promise.all(again)).to.deep.equal(['repeated', 'repeated']);
      expect(proxy.cuts).to.equal(1);
      const { runs, attempts } = await store.stats();
      expect([runs, attempts]).to.deep.equal([4, 3]);
      await store.abandon();
    } finally {
      await proxy.close();
    }
  });
});

function aBatch(own: { readonly runner: number; readonly epoch: number }, number: number): StoreBatch {
  const run = aRun(own.runner, number);
  return { ...own, number, runs: [run], attempts: [anAttempt(run.runId, 1)] };
}

function anAttempt(runId: number, seq: number): AttemptRow {
  return {
    ...{ runId, seq, node: 'Price', attempt: 0, parentSeq: undefined, messageId: 'm', sentMs: 1, startedMs: 2 },
    ...{ endedMs: 3, outcome: 'succeeded', queuedIn: 0, errorCode: undefined, error: undefined },
  };
}
