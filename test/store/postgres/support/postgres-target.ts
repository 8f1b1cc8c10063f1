import { randomUUID } from 'node:crypto';

import pg from 'pg';
import type { ConformanceTarget } from '#src/store/conformance/index.js';
import { postgresStore, type FlowStore, type PostgresStoreOptions } from '#src/store/index.js';
import type { PostgresStore } from '#src/store/postgres/postgres-store.js';

import { serviceTool } from '../../../support/needs-tool.js';

export const ADDRESS = new URL(process.env['POSTGRES_URL'] ?? 'postgres://postgres@127.0.0.1:5432/test');

export const POSTGRES = serviceTool('Postgres', ADDRESS, 'apt-get install postgresql');

/** A name that nobody else has; its schema is not there yet. */
export function newSchema(): string {
  return `penguiflow "${randomUUID().slice(0, 8)}"`;
}

/** Runs statements as the owner of the database; `@` stands for the schema. */
export async function sql(text: string, schema?: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: ADDRESS.href });
  await client.connect();
  try {
    const inSchema = schema === undefined ? text : text.replaceAll('@', `${pg.escapeIdentifier(schema)}.`);
    return (await client.query<Record<string, unknown>>(inSchema)).rows;
  } finally {
    await client.end();
  }
}

export async function dropSchema(schema: string): Promise<void> {
  await sql(`drop schema if exists ${pg.escapeIdentifier(schema)} cascade`);
}

/** For the conformance suite: through a pooler, for one, and with tables that somebody else has made when they are only checked. */
export function postgresTarget({
  url = () => ADDRESS.href,
  ...options
}: Pick<PostgresStoreOptions, 'worker' | 'migrate'> & { readonly url?: () => string } = {}): ConformanceTarget {
  const schemas = new Map<FlowStore, string>();
  const open = (schema: string): FlowStore => {
    const store = postgresStore({ url: url(), schema, ...options });
    schemas.set(store, schema);
    return store;
  };
  return {
    name: 'postgresStore',
    create: async () => {
      const schema = newSchema();
      if (options.migrate === 'check') await makeTables(schema);
      return open(schema);
    },
    destroy: async (store) => {
      await (store as PostgresStore).abandon();
      await dropSchema(schemas.get(store)!);
    },
    crash: async (store) => {
      await (store as PostgresStore).abandon('kill');
      return open(schemas.get(store)!);
    },
  };
}

async function makeTables(schema: string): Promise<void> {
  const owner = postgresStore({ url: ADDRESS.href, schema, worker: 'inline' }) as PostgresStore;
  await owner.stats();
  await owner.abandon();
}
