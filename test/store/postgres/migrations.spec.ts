import { randomUUID } from 'node:crypto';

import { expect } from 'chai';
import pg from 'pg';
import { FlowError } from '#src/index.js';
import type { PostgresStoreOptions } from '#src/store/index.js';

import { describeWithTool } from '../../support/needs-tool.js';
import { rejectionOf } from '../support/rejection-of.js';
import { INIT, writeRuns } from '../support/rows.js';
import { ADDRESS, POSTGRES, sql } from './support/postgres-target.js';
import { usePostgres } from './support/use-postgres.js';

describeWithTool(POSTGRES, 'the schema of postgresStore', function () {
  this.timeout(20_000);
  const { newSchema, open } = usePostgres();

  it('H14 several that start at once make the tables once', async () => {
    const schema = newSchema();
    const stores = Array.from({ length: 6 }, () => open(schema));
    const runners = await Promise.all(stores.map(async (store, at) => store.open({ ...INIT, instance: `i${at}` })));
    expect(runners.map(({ runner }) => runner)).to.have.members([1, 2, 3, 4, 5, 6]);
    expect(await sql('select version from @migration', schema)).to.deep.equal([{ version: 1 }, { version: 2 }]);
  });

  it('H14 migrate: check makes nothing, and says what is missing', async () => {
    const schema = newSchema();
    await withRole(schema, async (config) => {
      const refused = async (): Promise<FlowError> => {
        const error = (await rejectionOf(open(schema, { config, migrate: 'check' }).stats())) as FlowError;
        expect(FlowError.is(error, 'STORE_SCHEMA_UNSUPPORTED'), error.message).to.equal(true);
        expect(error.hint).to.contain("migrate: 'auto'");
        return error;
      };
      const role = pg.escapeIdentifier(config.user);
      expect((await refused()).message).to.contain(`the schema ${JSON.stringify(schema)}`);
      await sql(`create schema ${pg.escapeIdentifier(schema)}`);
      expect((await refused()).message).to.contain('the right of usage of the schema');
      await sql(`grant usage on schema ${pg.escapeIdentifier(schema)} to ${role}`);
      expect((await refused()).metadata['missing'])
        .to.include('the table run')
        .and.have.length(13);
      expect(await tablesOf(schema)).to.equal(0);

      await open(schema).stats();
      const { missing } = (await refused()).metadata as { readonly missing: readonly string[] };
      expect(missing).to.include('the right to select, insert, update, delete of the table run');
      expect(missing).to.include('the right to select of the table migration');
      await sql(`grant all on all tables in schema ${pg.escapeIdentifier(schema)} to ${role}`);
      await writeRuns(open(schema, { config, migrate: 'check' }), 3);
      // It may not create anything, and needs not to.
      expect((await open(schema, { config }).stats()).runs).to.equal(3);

      await sql('delete from @migration', schema);
      expect((await refused()).message).to.contain('its tables have version 0, and this penguiflow needs 2');
    });
  });

  it('H14 a schema that is there is filled by a role that may not create one', async () => {
    const schema = newSchema();
    await withRole(schema, async (config) => {
      const error = (await rejectionOf(open(schema, { config }).stats())) as FlowError;
      expect(FlowError.is(error, 'STORE_SCHEMA_UNSUPPORTED')).to.equal(true);
      expect(error.message).to.contain('permission denied');
      expect(error.metadata).to.deep.equal({ schema, sqlState: '42501' });
      await sql(`create schema ${pg.escapeIdentifier(schema)} authorization ${pg.escapeIdentifier(config.user)}`);
      await writeRuns(open(schema, { config }), 2);
    });
  });

  it('H14 migrate: never touches nothing', async () => {
    const schema = newSchema();
    const error = (await rejectionOf(open(schema, { migrate: 'never' }).stats())) as FlowError;
    expect(FlowError.is(error, 'STORE_SCHEMA_UNSUPPORTED')).to.equal(true);
    expect(await sql(`select 1 from pg_namespace where nspname = ${pg.escapeLiteral(schema)}`)).to.deep.equal([]);
    await open(schema).stats();
    expect((await open(schema, { migrate: 'never' }).stats()).runs).to.equal(0);
  });

  it('H14 leaves the tables of a newer version as they are', async () => {
    const schema = newSchema();
    await open(schema).stats();
    await sql('insert into @migration (version) values (3)', schema);
    for (const migrate of ['auto', 'check'] as const) {
      const error = (await rejectionOf(open(schema, { migrate }).stats())) as FlowError;
      expect(FlowError.is(error, 'STORE_SCHEMA_UNSUPPORTED')).to.equal(true);
      expect(error.metadata).to.include({ version: 3, needed: 2 });
      expect(error.hint).to.contain('Update penguiflow');
    }
  });
});

async function tablesOf(schema: string): Promise<number> {
  const found = await sql(
    `select count(*)::int as tables from pg_tables where schemaname = ${pg.escapeLiteral(schema)}`,
  );
  return Number(found[0]?.['tables']);
}

/** A role that owns nothing. */
async function withRole(
  schema: string,
  body: (config: { readonly user: string } & NonNullable<PostgresStoreOptions['config']>) => Promise<void>,
): Promise<void> {
  const user = `penguiflow_${randomUUID().slice(0, 8)}`;
  const password = randomUUID();
  await sql(`create role ${user} login password '${password}'`);
  const { hostname: host, port, pathname } = ADDRESS;
  try {
    await body({ user, password, host, port: Number(port), database: pathname.slice(1) } as { readonly user: string });
  } finally {
    await sql(`drop schema if exists ${pg.escapeIdentifier(schema)} cascade; drop owned by ${user}; drop role ${user}`);
  }
}
