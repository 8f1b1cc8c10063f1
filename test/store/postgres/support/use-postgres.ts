import { postgresStore, type PostgresStoreOptions } from '#src/store/index.js';
import type { PostgresStore } from '#src/store/postgres/postgres-store.js';

import { ADDRESS, dropSchema, newSchema } from './postgres-target.js';

/** `threads`: as it is without a word. */
type PostgresTestOptions = Omit<PostgresStoreOptions, 'schema' | 'worker'> & {
  readonly worker?: PostgresStoreOptions['worker'] | 'threads';
};

/** Schemas and stores that are gone after each test. */
export function usePostgres(): {
  newSchema(): string;
  open(schema: string, options?: PostgresTestOptions): PostgresStore;
} {
  const schemas: string[] = [];
  const stores: PostgresStore[] = [];
  afterEach(async () => {
    for (const store of stores.splice(0)) await store.abandon();
    for (const schema of schemas.splice(0)) await dropSchema(schema);
  });
  return {
    newSchema: () => {
      const schema = newSchema();
      schemas.push(schema);
      return schema;
    },
    open: (schema, { worker = 'inline', ...options } = {}) => {
      const way = options.pool === undefined && options.config === undefined ? { url: ADDRESS.href } : {};
      // Starting a thread takes as long as most tests.
      const how = worker === 'threads' ? {} : { worker };
      const store = postgresStore({ ...way, schema, ...how, ...options }) as PostgresStore;
      stores.push(store);
      return store;
    },
  };
}
