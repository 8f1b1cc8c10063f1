import { expect } from 'chai';
import { FlowError } from '#src/index.js';
import { postgresStore, type PostgresStoreOptions } from '#src/store/index.js';
import { openPool } from '#src/store/postgres/pool.js';

import { thrownBy } from '../../support/thrown-by.js';

const URL = 'postgres://fish:secret@127.0.0.1/test';

describe('options of postgresStore', () => {
  for (const [options, option] of [
    [{}, 'url'],
    [{ url: 'mysql://127.0.0.1' }, 'url'],
    [{ url: 'postgres://a b' }, 'url'],
    [{ url: URL, config: {} }, 'config'],
    [{ url: URL, pool: { connect: () => undefined } }, 'pool'],
    [{ config: 'host=127.0.0.1' }, 'config'],
    [{ pool: {} }, 'pool'],
    [{ url: URL, schema: '' }, 'schema'],
    [{ url: URL, schema: 'a\0' }, 'schema'],
    [{ url: URL, schema: 'pg_history' }, 'schema'],
    [{ url: URL, schema: 'é'.repeat(32) }, 'schema'],
    [{ url: URL, migrate: 'yes' }, 'migrate'],
    [{ url: URL, worker: 'inline' }, 'worker'],
  ] as const) {
    it(`H14 refuses ${JSON.stringify(options)}`, () => {
      const error = thrownBy(() => postgresStore(options as unknown as PostgresStoreOptions));
      expect(FlowError.is(error, 'INVALID_OPTION')).to.equal(true);
      expect((error as FlowError).metadata).to.include({ option, owner: 'postgresStore' });
      expect((error as FlowError).message).not.to.contain('secret');
    });
  }

  it('H14 STORE_DRIVER_MISSING says what to install', () => {
    const cause = new Error("Cannot find module 'pg'");
    const error = thrownBy(() =>
      openPool({}, () => {
        throw cause;
      }),
    ) as FlowError;
    expect(FlowError.is(error, 'STORE_DRIVER_MISSING')).to.equal(true);
    expect(error.hint).to.contain('npm install pg');
    expect(error.cause).to.equal(cause);
    expect(error.metadata).to.deep.equal({ driver: 'pg', node: process.versions.node });
  });
});
