import { readFileSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { expect } from 'chai';
import { FlowError } from '#src/index.js';
import { sqliteStore, type SqliteStoreOptions } from '#src/store/index.js';

import { thrownBy } from '../../support/thrown-by.js';
import { rejectionOf } from '../support/rejection-of.js';
import { aRun, INIT, writeRuns } from '../support/rows.js';
import { useStores } from './support/use-stores.js';

describe('sqliteStore', () => {
  const { newFile, open } = useStores();

  for (const [options, option] of [
    [{ file: '' }, 'file'],
    [{ file: 5 }, 'file'],
    [{ file: ':memory:' }, 'file'],
    [{ file: 'file:history.db?mode=ro' }, 'file'],
    [{ file: 'a.db', driver: 'sqlite3' }, 'driver'],
    [{ file: 'a.db', synchronous: 'off' }, 'synchronous'],
    [{ file: 'a.db', worker: './worker.js' }, 'worker'],
    [{ file: 'a.db', files: 'b.db' }, 'files'],
    [null, 'options'],
    [undefined, 'options'],
  ] as const) {
    it(`refuses ${JSON.stringify(options)}`, () => {
      const error = thrownBy(() => sqliteStore(options as unknown as SqliteStoreOptions));
      expect(FlowError.is(error, 'INVALID_OPTION')).to.equal(true);
      expect((error as FlowError).metadata).to.include({ option, owner: 'sqliteStore' });
    });
  }

  it('H9b makes files that nobody else may read, whatever the mask of the process', async () => {
    const file = newFile();
    const mask = process.umask(0);
    try {
      await writeRuns(open(file), 1);
    } finally {
      process.umask(mask);
    }
    const modes = ['', '-wal', '-shm'].map((suffix) => statSync(file + suffix).mode & 0o777);
    expect(modes).to.deep.equal([0o600, 0o600, 0o600]);
  });

  it('H15 STORE_DRIVER_MIXED: one driver per file and process, whatever leads to the file', async () => {
    const file = newFile();
    const link = join(dirname(file), 'link.db');
    await writeRuns(open(file, { driver: 'libsql', worker: 'inline' }), 3);
    symlinkSync(file, link);
    const error = await rejectionOf(open(link, { driver: 'better-sqlite3', worker: 'inline' }).stats());
    expect(FlowError.is(error, 'STORE_DRIVER_MIXED')).to.equal(true);
    expect((error as FlowError).hint).to.contain("driver: 'libsql'");
    // Whoever does not mind takes what the file is open with.
    expect((await open(link).stats()).runs).to.equal(3);
  });

  it('H15 lets go of the driver of a file when its last store closes', async () => {
    const file = newFile();
    const [one, two] = [open(file, { driver: 'libsql', worker: 'inline' }), open(file)];
    await Promise.all([one.open(INIT), two.open({ ...INIT, instance: 'two' })]);
    const other = open(file, { driver: 'better-sqlite3', worker: 'inline' });
    await one.close(1);
    expect(FlowError.is(await rejectionOf(other.stats()), 'STORE_DRIVER_MIXED')).to.equal(true);
    await two.close(1);
    expect(FlowError.is(await rejectionOf(other.stats()), 'STORE_DRIVER_MISSING')).to.equal(true);
  });

  it('H13 gives the space of what is deleted back to the disk', async () => {
    const file = newFile();
    const store = open(file);
    const { runner, epoch } = await writeRuns(store, 20);
    const bytes = new Uint8Array(200_000).fill(7);
    const payloads = Array.from({ length: 20 }, (_, index) => ({
      runId: runner * 2 ** 32 + index + 1,
      messageId: 'm',
      bytes,
    }));
    await store.write({ runner, epoch, number: 2, payloads });
    await store.prune({ keep: {}, nowMs: 0 });
    const full = statSync(file).size;
    expect(full).to.be.greaterThan(4_000_000);
    await store.prune({ keep: { maxRuns: 2 }, nowMs: 0 });
    expect(statSync(file).size).to.be.lessThan(full / 5);
    expect(statSync(`${file}-wal`).size).to.equal(0);
  });

  it('H9b leaves nothing of what is forgotten in the file or its journal', async () => {
    const file = newFile();
    const store = open(file);
    const { runner, epoch } = await writeRuns(store, 3);
    const secret = 'the-fish-is-under-the-ice';
    const runId = runner * 2 ** 32 + 9;
    const run = { ...(await store.list()).runs[0]!, runId, tenant: secret, traceId: secret, errorMessage: secret };
    const line = {
      runId,
      seq: 1,
      atMs: 1,
      level: 'info',
      logger: 'x',
      message: secret,
      node: undefined,
      fields: secret,
    };
    const payload = { runId, messageId: secret, bytes: Buffer.from(secret.repeat(500)) };
    const labels = [{ runId, name: 'order', value: secret }];
    await store.write({ runner, epoch, number: 2, runs: [run], lines: [line], payloads: [payload], labels });
    expect(filesHold(file, secret)).to.equal(true);
    expect(await store.forget({ tenant: secret })).to.equal(1);
    expect(filesHold(file, secret)).to.equal(false);
  });

  it('H9b gives the number of a name that was forgotten to nobody else, and to whoever bears it again another one', async () => {
    const store = open(newFile());
    const { runner, epoch } = await writeRuns(store, 1);
    const write = async (number: number, tenant: string): Promise<unknown> =>
      store.write({ runner, epoch, number, runs: [aRun(runner, number, { tenant })] });
    const tenants = async (): Promise<string[]> => (await store.list()).runs.map(({ tenant }) => tenant);
    await write(2, 'auk');
    expect(await tenants()).to.deep.equal(['auk', 'default']);
    await store.forget({ tenant: 'auk' });
    await write(3, 'puffin');
    await write(4, 'auk');
    expect(await tenants()).to.deep.equal(['auk', 'puffin', 'default']);
    expect((await store.list({ tenant: 'auk' })).runs).to.have.length(1);
  });

  it('H7 writes out NUL and lone surrogates, and finds them by what they were', async () => {
    const store = open(newFile());
    const { runner, epoch } = await writeRuns(store, 1);
    const [run] = (await store.list()).runs;
    const odd = { ...run!, runId: run!.runId + 1, flow: 'Or\0ders', tenant: 'a\ud800', traceId: '\udc00' };
    await store.write({
      runner,
      epoch,
      number: 2,
      runs: [odd],
      labels: [{ runId: odd.runId, name: '\0', value: '\0' }],
    });
    const { runs } = await store.list({
      flow: odd.flow,
      tenant: odd.tenant,
      traceId: odd.traceId,
      label: { name: '\0', value: '\0' },
    });
    expect(runs.map(({ flow, tenant, traceId }) => [flow, tenant, traceId])).to.deep.equal([
      ['Or\\u0000ders', 'a\\ud800', '\\udc00'],
    ]);
  });
});

function filesHold(file: string, text: string): boolean {
  return [file, `${file}-wal`].some((path) => readFileSync(path).includes(text));
}
