import { randomBytes } from 'node:crypto';

import { expect } from 'chai';
import pg from 'pg';
import { FlowError } from '#src/index.js';
import { runIdOf, type AttemptRow, type Runner, type StoreBatch } from '#src/store/index.js';
import type { PostgresStore } from '#src/store/postgres/postgres-store.js';

import { describeWithTool } from '../../support/needs-tool.js';
import { rejectionOf } from '../support/rejection-of.js';
import { aRun, INIT, writeRuns } from '../support/rows.js';
import { CuttingProxy } from './support/cutting-proxy.js';
import { ADDRESS, POSTGRES, sql } from './support/postgres-target.js';
import { usePostgres } from './support/use-postgres.js';

describeWithTool(POSTGRES, 'postgresStore in trouble', function () {
  this.timeout(30_000);
  const { newSchema, open } = usePostgres();
  const proxies: CuttingProxy[] = [];
  afterEach(async () => {
    for (const proxy of proxies.splice(0)) await proxy.close();
  });

  for (const [cut, outcome] of [
    ['after', 'repeated'],
    ['before', 'stored'],
  ] as const) {
    it(`H6 H7 a connection that is cut ${cut} COMMIT: the batch comes again and is ${outcome}`, async () => {
      const proxy = await CuttingProxy.listen();
      proxies.push(proxy);
      const store = open(newSchema(), { config: { connectionString: proxy.url } });
      const { runner, epoch } = await writeRuns(store, 1);
      const run = aRun(runner, 2);
      const batch = { runner, epoch, number: 2, runs: [run], attempts: [anAttempt(run.runId, 1)] };
      proxy.cutNext = cut;
      const error = (await rejectionOf(store.write(batch))) as FlowError;
      expect(FlowError.is(error, 'STORE_UNAVAILABLE'), error.message).to.equal(true);
      expect(proxy.cuts).to.equal(1);
      expect(await store.write(batch)).to.equal(outcome);
      const { runs, attempts } = await store.stats();
      expect([runs, attempts]).to.deep.equal([2, 1]);
    });
  }

  it('H6 H7 backends that are terminated under load: nothing is lost or doubled', async () => {
    const schema = newSchema();
    const application = `flow-${randomBytes(4).toString('hex')}`;
    const config = { connectionString: ADDRESS.href, application_name: application };
    const stores = [1, 2, 3].map(() => open(schema, { config }));
    const runners = await Promise.all(stores.map(async (store, at) => store.open({ ...INIT, instance: `i${at}` })));
    const terminator = new Terminator(application);
    const again = await Promise.all(stores.map(async (store, at) => writeThrough(store, runners[at]!, 40)));
    const terminated = await terminator.end();
    expect(terminated).to.be.greaterThan(10);
    expect(again.reduce((sum, count) => sum + count, 0)).to.be.greaterThan(3);
    await expectConsistent(stores[0]!, schema, { runs: 3 * 40 * 5, attempts: 3 * 40 * 5 * 20 });
  });

  it('H7 a lock that another program holds is STORE_UNAVAILABLE, and the same batch is stored later', async () => {
    const schema = newSchema();
    const store = open(schema);
    const { runner, epoch } = await writeRuns(store, 1);
    const other = new pg.Client({ connectionString: ADDRESS.href });
    await other.connect();
    try {
      await other.query(`begin; lock table ${pg.escapeIdentifier(schema)}.attempt in access exclusive mode`);
      const run = aRun(runner, 2);
      const batch = { runner, epoch, number: 2, runs: [run], attempts: [anAttempt(run.runId, 1)] };
      const error = (await rejectionOf(store.write(batch))) as FlowError;
      expect(FlowError.is(error, 'STORE_UNAVAILABLE')).to.equal(true);
      expect(error.metadata).to.deep.equal({ schema, sqlState: '55P03' });
      await other.query('rollback');
      expect(await store.write(batch)).to.equal('stored');
    } finally {
      await other.end();
    }
  });

  it('H7 a server that is not there is STORE_UNAVAILABLE, without what is secret in the address', async () => {
    const store = open('penguiflow', { url: 'postgres://fish:the-fish-is-under-the-ice@127.0.0.1:1/test' });
    const error = (await rejectionOf(store.open(INIT))) as FlowError;
    expect(FlowError.is(error, 'STORE_UNAVAILABLE')).to.equal(true);
    expect(error.message).to.contain('ECONNREFUSED');
    expect(JSON.stringify([error.message, error.metadata, error.hint])).not.to.contain('ice');
  });

  for (const [what, table, rows] of [
    ['a status that there is not', 'runs', (runId: number) => ({ runs: [{ ...aRun(1, 1), runId, status: 'x' }] })],
    ['a number that is none', 'attempts', (runId: number) => ({ attempts: [{ ...anAttempt(runId, 1), seq: 1.5 }] })],
    ['a text that is none', 'lines', (runId: number) => ({ lines: [{ ...aLine(runId), message: 5 }] })],
    ['a name that is none', 'attempts', (runId: number) => ({ attempts: [{ ...anAttempt(runId, 1), node: 5 }] })],
    ['bytes that are none', 'payloads', (runId: number) => ({ payloads: [{ runId, messageId: 'm', bytes: 'x' }] })],
    [
      'an id that no index takes',
      'payloads',
      (runId: number) => ({
        payloads: [{ runId, messageId: randomBytes(9_000).toString('base64'), bytes: new Uint8Array() }],
      }),
    ],
  ] as const) {
    it(`H6 H7 STORE_ROW_REFUSED: ${what}; the number stays free`, async () => {
      const store = open(newSchema());
      const { runner, epoch } = await writeRuns(store, 3);
      const [good, bad] = [runIdOf(runner, 1), runIdOf(runner, 2)];
      const fine = {
        attempts: [anAttempt(good, 1)],
        payloads: [{ runId: good, messageId: 'm', bytes: new Uint8Array(1) }],
      };
      const wrong = rows(bad) as Partial<StoreBatch>;
      const merged = Object.fromEntries(
        [...new Set([...Object.keys(fine), ...Object.keys(wrong)])].map((key) => [
          key,
          [...(fine[key as 'attempts'] ?? []), ...(wrong[key as 'attempts'] ?? [])],
        ]),
      );
      const error = (await rejectionOf(store.write({ runner, epoch, number: 2, ...merged }))) as FlowError;
      expect(FlowError.is(error, 'STORE_ROW_REFUSED'), error.message).to.equal(true);
      expect(error.metadata).to.deep.equal({ table, runId: bad });
      expect((await store.stats()).attempts).to.equal(0);
      expect(await store.write({ runner, epoch, number: 2, ...fine })).to.equal('stored');
    });
  }

  it('H1b H7 finds runs by texts that no index takes whole', async () => {
    const store = open(newSchema());
    const { runner, epoch } = await writeRuns(store, 1);
    const long = randomBytes(9_000).toString('base64');
    const runs = [1, 2].map((at) =>
      aRun(runner, 1 + at, { traceId: `${long}${at}`, tenant: `${long}${at}`, flow: `${long}${at}` }),
    );
    const labels = runs.map(({ runId, traceId }) => ({ runId, name: long, value: traceId }));
    expect(await store.write({ runner, epoch, number: 2, runs, labels })).to.equal('stored');
    const text = `${long}2`;
    for (const query of [{ traceId: text }, { tenant: text }, { flow: text }, { label: { name: long, value: text } }]) {
      expect((await store.list(query)).runs.map(({ runId }) => runId)).to.deep.equal([runs[1]!.runId]);
    }
    expect(await store.forget({ traceId: text, tenant: text })).to.equal(1);
  });

  it('H6 H13 counters agree when many write, tidy up, pin and forget at once', async () => {
    const schema = newSchema();
    const stores = [1, 2, 3, 4].map(() => open(schema));
    const runners = await Promise.all(stores.map(async (store, at) => store.open({ ...INIT, instance: `i${at}` })));
    // A chain of families, across runners.
    const writing = stores.map(async (store, at) => writeThrough(store, runners[at]!, 30, runners[at + 1]?.runner));
    const written = new AbortController();
    const tidying = tidyUntil(written.signal, stores, runners);
    const again = await Promise.all(writing);
    written.abort();
    await tidying;
    expect(again, 'a deadlock, or a lock that is held for long').to.deep.equal([0, 0, 0, 0]);
    await expectConsistent(stores[0]!, schema);
    await stores[0]!.prune({ keep: { maxRuns: 0 }, nowMs: 0, limit: 10_000 });
    for (const { runId } of (await stores[0]!.list({ limit: 1_000 })).runs) await stores[0]!.pin(runId, false);
    await stores[0]!.prune({ keep: { maxRuns: 0 }, nowMs: 0, limit: 10_000 });
    const { bytes, runs, attempts, payloadBytes } = await stores[0]!.stats();
    expect({ bytes, runs, attempts, payloadBytes }).to.deep.equal({ bytes: 0, runs: 0, attempts: 0, payloadBytes: 0 });
  });
});

function anAttempt(runId: number, seq: number): AttemptRow {
  return {
    ...{ runId, seq, node: `Node${seq % 7}`, attempt: 0, parentSeq: undefined, messageId: `m${seq}`, sentMs: seq },
    ...{ startedMs: seq, endedMs: seq + 1, outcome: 'succeeded', queuedIn: 0, errorCode: undefined, error: undefined },
  };
}

function aLine(runId: number): NonNullable<StoreBatch['lines']>[number] {
  return { runId, seq: 1, atMs: 1, level: 'info', logger: 'x', message: 'y', node: undefined, fields: undefined };
}

/** Writes each batch again until it is stored, as whoever records does. @returns how often it had to */
async function writeThrough(store: PostgresStore, own: Runner, batches: number, friend?: number): Promise<number> {
  let again = 0;
  for (let number = 1; number <= batches; number += 1) {
    const runs = Array.from({ length: 5 }, (_, index) => {
      const count = (number - 1) * 5 + index + 1;
      const family = friend === undefined ? {} : { rootRun: runIdOf(friend, count), tenant: `tenant${count % 5}` };
      return aRun(own.runner, count, { attempts: 20, ...(index === 0 ? family : {}) });
    });
    const attempts = runs.flatMap(({ runId }) => Array.from({ length: 20 }, (_, seq) => anAttempt(runId, seq + 1)));
    const batch = { ...own, number, runs, attempts, lines: runs.map(({ runId }) => aLine(runId)) };
    for (;;) {
      try {
        await store.write(batch);
        break;
      } catch (error) {
        expect(FlowError.is(error, 'STORE_UNAVAILABLE'), String(error)).to.equal(true);
        again += 1;
      }
    }
  }
  return again;
}

/** Deletes, forgets and pins while others write. */
async function tidyUntil(
  signal: AbortSignal,
  stores: readonly PostgresStore[],
  runners: readonly Runner[],
): Promise<void> {
  for (let round = 0; !signal.aborted; round += 1) {
    await stores[0]!.prune({ keep: { maxRuns: 200 }, nowMs: 0, limit: 20 });
    await stores[1]!.forget({ tenant: `tenant${round % 3}` });
    const [run] = (await stores[2]!.list({ limit: 1 })).runs;
    if (run !== undefined) await stores[3]!.pin(run.runId, round % 2 === 0);
    await stores[round % 4]!.heartbeat({ ...runners[round % 4]!, instance: `i${round % 4}` });
  }
}

/** What the counters say is what is there. */
async function expectConsistent(
  store: PostgresStore,
  schema: string,
  expected: { readonly runs?: number; readonly attempts?: number } = {},
): Promise<void> {
  const { runs, attempts, payloadBytes, counters } = await store.stats();
  const [found] = await sql(
    `select (select count(*) from @run)::int as runs, (select count(*) from @attempt)::int as attempts,
      (select count(*) from @attempt a where not exists (select 1 from @run r where r.run_id = a.run_id))::int as orphans,
      (select count(*) from @run r where top <> (not exists (
        select 1 from @run p where p.run_id = r.root_run and p.run_id <> r.run_id))::int)::int as misplaced,
      (select count(*) from @run r where family_ended <> greatest(coalesce(ended, started), (
        select max(coalesce(c.ended, c.started)) from @run c where c.root_run = r.run_id)))::int as untimely`,
    schema,
  );
  expect(found).to.deep.equal({ runs, attempts, orphans: 0, misplaced: 0, untimely: 0 });
  expect({ runs, attempts }).to.include(expected);
  expect(payloadBytes).to.equal(0);
  expect(counters.reduce((sum, counter) => sum + counter.runs, 0)).to.equal(runs);
}

/** Ends every connection of a program, again and again. */
class Terminator {
  #ended = false;
  readonly #work: Promise<number>;

  constructor(application: string) {
    this.#work = this.#terminate(application);
  }

  async end(): Promise<number> {
    this.#ended = true;
    return this.#work;
  }

  async #terminate(application: string): Promise<number> {
    const client = new pg.Client({ connectionString: ADDRESS.href });
    await client.connect();
    let terminated = 0;
    try {
      while (!this.#ended) {
        // One of them, so that the others get on.
        const { rowCount } = await client.query(
          'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 order by random() limit 1',
          [application],
        );
        terminated += rowCount ?? 0;
        await client.query('select pg_sleep(0.03)');
      }
    } finally {
      await client.end();
    }
    return terminated;
  }
}
