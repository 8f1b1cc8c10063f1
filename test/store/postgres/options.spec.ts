import { createSecretKey } from 'node:crypto';
import { createSecureContext } from 'node:tls';

import { expect } from 'chai';
import { FlowError } from '#src/index.js';
import { postgresStore, type PostgresStoreOptions } from '#src/store/index.js';
import { openPool } from '#src/store/postgres/pool.js';

import { thrownBy } from '../../support/thrown-by.js';

const URL = 'postgres://fish:secret@127.0.0.1/test';

describe('options of postgresStore', () => {
  for (const [options, option] of [
    [null, 'options'],
    [undefined, 'options'],
    [{}, 'url'],
    [{ url: '' }, 'url'],
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
    [{ url: URL, works: 'inline' }, 'works'],
    [{ url: URL, worker: './worker.js' }, 'worker'],
    [{ pool: { connect: () => undefined }, worker: new globalThis.URL('file:///worker.js') }, 'worker'],
  ] as const) {
    it(`H14 refuses ${JSON.stringify(options)}`, () => {
      const error = thrownBy(() => postgresStore(options as unknown as PostgresStoreOptions));
      expect(FlowError.is(error, 'INVALID_OPTION')).to.equal(true);
      expect((error as FlowError).metadata).to.include({ option, owner: 'postgresStore' });
      expect((error as FlowError).message).not.to.contain('secret');
    });
  }

  const password = async (): Promise<string> => 'secret';
  const around: { self?: object } = {};
  around.self = around;
  for (const [config, option] of [
    [{ password }, 'config.password'],
    [{ ssl: { ca: Buffer.from('x'), checkServerIdentity: () => undefined } }, 'config.ssl.checkServerIdentity'],
    [{ stream: () => undefined }, 'config.stream'],
    [{ ssl: { secureContext: createSecureContext() } }, 'config.ssl.secureContext'],
    [{ ssl: { ca: [Symbol('x')] } }, 'config.ssl.ca.0'],
    [{ ssl: around }, 'config.ssl.self'],
  ] as const) {
    it(`H14 refuses ${option} where it would have to go into a thread`, () => {
      const error = thrownBy(() => postgresStore({ config })) as FlowError;
      expect(FlowError.is(error, 'INVALID_OPTION')).to.equal(true);
      expect(error.metadata).to.include({ option, owner: 'postgresStore' });
      expect(error.message).to.contain(option);
      expect(error.hint).to.contain("worker: 'inline'").and.contain('pool');
      expect(() => postgresStore({ config, worker: 'inline' })).not.to.throw();
    });
  }

  it('H14 takes a configuration of plain data into a thread', () => {
    const ssl = { ca: [Buffer.from('x')], key: createSecretKey(Buffer.from('x')), rejectUnauthorized: false };
    expect(() => postgresStore({ config: { host: 'db', port: 5432, options: undefined, ssl } })).not.to.throw();
  });

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
