import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

import { expect } from 'chai';
import pg from 'pg';
import { FlowError } from '#src/index.js';
import type { FlowStore } from '#src/store/index.js';

import { describeWithTool } from '../../support/needs-tool.js';
import { rejectionOf } from '../support/rejection-of.js';
import { aRun, INIT, writeRuns } from '../support/rows.js';
import { ADDRESS, POSTGRES, sql } from './support/postgres-target.js';
import { usePostgres } from './support/use-postgres.js';

/** What the guide says: for a role that makes its tables, and for one that may not. */
const [WITH_RIGHTS, WITHOUT] = blocksOf('docs/guide/history.md', '## Postgres with and without DDL rights');

describeWithTool(POSTGRES, 'the rights that the guide gives to roles of Postgres', function () {
  this.timeout(20_000);
  const { newSchema, open } = usePostgres();
  const roles: string[] = [];
  let [schema, shop, admin] = ['', '', ''];

  beforeEach(async () => {
    const id = randomUUID().slice(0, 8);
    [schema, shop, admin] = [newSchema(), `shop_${id}`, `shop_admin_${id}`];
    roles.push(shop, admin);
    for (const role of [shop, admin]) await sql(`create role ${role} login password '${id}'`);
  });

  afterEach(async () => {
    for (const role of roles.splice(0)) await sql(`drop owned by ${role} cascade; drop role ${role}`);
  });

  it('H14 let a role make its tables in a schema of its own', async () => {
    await grant(WITH_RIGHTS!);
    await expectAllWorks(open(schema, { config: as(shop) }));
    expect(await whyNot(shop, `create schema other_${shop}`)).to.equal('42501');
  });

  it("H14 let a role without DDL rights work with migrate: 'check', on tables of another one", async () => {
    await grant(WITHOUT!);
    const config = as(shop);
    const error = (await rejectionOf(open(schema, { config, migrate: 'check' }).stats())) as FlowError;
    expect(FlowError.is(error, 'STORE_SCHEMA_UNSUPPORTED')).to.equal(true);
    const tables = open(schema, { config: as(admin) });
    await tables.stats();
    await tables.close(1);
    await expectAllWorks(open(schema, { config, migrate: 'check' }));
    for (const [text, why] of [
      ['create table @other ()', '42501'],
      ['alter table @run add column other int4', '42501'],
      ['drop table @run', '42501'],
      ['truncate @run', '42501'],
    ] as const) {
      expect(await whyNot(shop, text), text).to.equal(why);
    }
  });

  it('H14 count for tables that are there already as well', async () => {
    await sql(`create schema ${pg.escapeIdentifier(schema)} authorization ${admin}`);
    await open(schema, { config: as(admin) }).stats();
    const [, ...rest] = WITHOUT!.split(';\n');
    await grant(rest.join(';\n'));
    await expectAllWorks(open(schema, { config: as(shop), migrate: 'check' }));
  });

  /** Runs what the guide says, for the roles and the schema of this test. */
  async function grant(text: string): Promise<void> {
    const names = { penguiflow: pg.escapeIdentifier(schema), shop_admin: admin, shop };
    await sql(text.replaceAll(/\b(?:penguiflow|shop_admin|shop)\b/g, (name) => names[name as keyof typeof names]));
  }

  function as(user: string): object {
    const { hostname: host, port, pathname } = ADDRESS;
    return { user, password: user.split('_').at(-1), host, port: Number(port), database: pathname.slice(1) };
  }

  /** The code of the error that a statement of a role fails with. */
  async function whyNot(user: string, text: string): Promise<unknown> {
    const client = new pg.Client(as(user));
    await client.connect();
    try {
      await client.query(text.replaceAll('@', `${pg.escapeIdentifier(schema)}.`));
      return undefined;
    } catch (error) {
      return (error as { readonly code?: unknown }).code;
    } finally {
      await client.end();
    }
  }
});

/** Everything that a history asks of a store. */
async function expectAllWorks(store: FlowStore): Promise<void> {
  const { runner, epoch } = await writeRuns(store, 3);
  const run = aRun(runner, 9, { status: 'running', endedMs: undefined, tenant: 'acme' });
  const rest = { labels: [{ runId: run.runId, name: 'order', value: '4711' }] };
  expect(await store.write({ runner, epoch, number: 2, runs: [run], ...rest })).to.equal('stored');
  expect((await store.list({ label: { name: 'order', value: '4711' } })).runs).to.have.length(1);
  expect(await store.pin(run.runId, true)).to.equal(true);
  const other = await store.open({ ...INIT, instance: 'two' });
  const { others } = await store.heartbeat({ ...other, instance: 'two' });
  expect((await store.claimDead(others, 5)).interrupted).to.equal(1);
  expect((await store.prune({ keep: { maxRuns: 2 }, nowMs: 0 })).deleted).to.equal(2);
  expect(await store.forget({ tenant: 'acme' })).to.equal(1);
  expect((await store.stats()).runs).to.equal(1);
  await store.close(9);
}

/** Blocks of SQL of a section. */
function blocksOf(file: string, heading: string): string[] {
  const section =
    readFileSync(file, 'utf8')
      .split(/\n(?=## )/)
      .find((each) => each.startsWith(heading)) ?? '';
  return [...section.matchAll(/^```sql\n(.*?)^```$/gms)].map(([, text]) => text!);
}
