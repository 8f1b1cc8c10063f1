import { MIGRATIONS, TABLES } from './schema.js';
import { SCHEMA_FIX, schemaError } from './postgres-error.js';
import { quoted, type Session } from './session.js';
import type { Transactions } from './transactions.js';

/** Whether the tables are brought up, only looked at, or taken for granted. */
export type Migrate = 'auto' | 'check' | 'never';

/** The first with generated columns. */
const MIN_SERVER = 12;
const RIGHTS = ['select', 'insert', 'update', 'delete'] as const;

/** @throws FlowError `STORE_SCHEMA_UNSUPPORTED` */
export async function prepareSchema(transactions: Transactions, schema: string, how: Migrate): Promise<void> {
  if (how === 'never') return;
  if (how === 'check') return transactions.read((session) => check(session, schema));
  // Whoever may not create anything needs not to, once it is there.
  const version = await transactions.read(async (session) => {
    await checkServer(session, schema);
    return versionOf(session, schema);
  });
  if (version !== MIGRATIONS.length) await transactions.migrate((session) => migrate(session, schema));
}

async function migrate(session: Session, schema: string): Promise<void> {
  const version = await versionOf(session, schema);
  refuseNewer(schema, version);
  // Asking for it "if not exists" needs the right to create it even where it exists.
  const there = await session.get('select 1 from pg_catalog.pg_namespace where nspname = ?', schema);
  if (there === undefined) await session.exec(`create schema ${quoted(schema)}`);
  if (version === 0) {
    await session.exec('create table @migration (version int4 primary key, at timestamptz not null default now())');
  }
  for (const [index, migration] of MIGRATIONS.entries()) {
    if (index < version) continue;
    await session.exec(migration);
    await session.run('insert into @migration (version) values (?)', index + 1);
  }
}

async function check(session: Session, schema: string): Promise<void> {
  await checkServer(session, schema);
  const missing = await missingIn(session, schema);
  if (missing.length > 0) {
    const why = `missing are ${missing.join(', ')}`;
    throw schemaError('STORE_SCHEMA_UNSUPPORTED', schema, why, { metadata: { missing }, hint: SCHEMA_FIX });
  }
  const version = await versionOf(session, schema);
  refuseNewer(schema, version);
  if (version < MIGRATIONS.length) {
    const why = `its tables have version ${version}, and this penguiflow needs ${MIGRATIONS.length}`;
    const metadata = { version, needed: MIGRATIONS.length };
    throw schemaError('STORE_SCHEMA_UNSUPPORTED', schema, why, { metadata, hint: SCHEMA_FIX });
  }
}

/** Texts are of any language. */
async function checkServer(session: Session, schema: string): Promise<void> {
  const found = await session.get(
    "select current_setting('server_version_num')::int4 as version, current_setting('server_encoding') as encoding",
  );
  const [version, encoding] = [Number(found?.['version']), String(found?.['encoding'])];
  if (version >= MIN_SERVER * 10_000 && encoding === 'UTF8') return;
  const why = `the server has version ${Math.floor(version / 10_000)} and the encoding ${encoding}`;
  const hint = `It needs Postgres ${MIN_SERVER} or newer, and a database with the encoding UTF8.`;
  throw schemaError('STORE_SCHEMA_UNSUPPORTED', schema, why, { hint });
}

/** What the role of this connection lacks. */
async function missingIn(session: Session, schema: string): Promise<string[]> {
  const found = await session.get(
    `select has_schema_privilege(oid, 'usage') as usable from pg_catalog.pg_namespace where nspname = ?`,
    schema,
  );
  if (found === undefined) return [`the schema ${JSON.stringify(schema)}`];
  if (!(found['usable'] as unknown as boolean)) return [`the right of usage of the schema ${JSON.stringify(schema)}`];
  const rights = RIGHTS.map((right) => `has_table_privilege(c.oid, '${right}') as "${right}"`).join(', ');
  const tables = await session.all(
    `select t.name, c.oid is null as absent, ${rights} from unnest(?::text[]) as t(name)
    left join pg_catalog.pg_class c on c.relname = t.name and c.relnamespace = (select oid from pg_catalog.pg_namespace where nspname = ?)`,
    TABLES,
    schema,
  );
  return tables.flatMap((row) => {
    const { name, absent } = row as unknown as { name: string; absent: boolean };
    if (absent) return [`the table ${name}`];
    // Nobody changes what has been done.
    const needed = name === 'migration' ? (['select'] as const) : RIGHTS;
    const lacking = needed.filter((right) => !(row[right] as unknown as boolean));
    return lacking.length === 0 ? [] : [`the right to ${lacking.join(', ')} of the table ${name}`];
  });
}

/** 0: there is nothing yet. */
async function versionOf(session: Session, schema: string): Promise<number> {
  const there = await session.get(
    `select 1 from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where n.nspname = ? and c.relname = 'migration'`,
    schema,
  );
  if (there === undefined) return 0;
  return Number((await session.get('select coalesce(max(version), 0) as version from @migration'))?.['version']);
}

function refuseNewer(schema: string, version: number): void {
  if (version <= MIGRATIONS.length) return;
  const why = `a newer penguiflow has made its tables (version ${version}; this one knows ${MIGRATIONS.length})`;
  const metadata = { version, needed: MIGRATIONS.length };
  const hint = 'Update penguiflow, or name another schema.';
  throw schemaError('STORE_SCHEMA_UNSUPPORTED', schema, why, { metadata, hint });
}
