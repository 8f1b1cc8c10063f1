import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';

import { expect } from 'chai';
import { FlowError } from '#src/index.js';
import { Connection, pauseThread } from '#src/store/sqlite/connection.js';
import { loadDriver } from '#src/store/sqlite/drivers.js';
import { prepareFile } from '#src/store/sqlite/file-place.js';
import { openToWrite } from '#src/store/sqlite/open-file.js';
import { MIGRATIONS } from '#src/store/sqlite/schema.js';
import { SqliteWriter } from '#src/store/sqlite/sqlite-engine.js';
import { fromSqlite } from '#src/store/sqlite/store-error.js';
import type { FlowStore } from '#src/store/index.js';

import { thrownBy } from '../../support/thrown-by.js';
import { rejectionOf } from '../support/rejection-of.js';
import { aRun, INIT, writeRuns } from '../support/rows.js';
import { useStores } from './support/use-stores.js';

const driver = loadDriver('auto');

describe('sqliteStore in trouble', () => {
  const { newFile, open } = useStores();

  it('H7 STORE_CORRUPT: a file that is none of SQLite is renamed, and a new one begins', async () => {
    const file = newFile();
    writeFileSync(file, 'fish, and nothing but fish '.repeat(400));
    const store = open(file);
    const renamed = await expectCorrupt(store.open(INIT), file);
    expect(readFileSync(renamed, 'utf8')).to.contain('nothing but fish');
    await writeRuns(store, 2);
    expect((await store.stats()).runs).to.equal(2);
    expect(statSync(file).mode & 0o777).to.equal(0o600);
  });

  for (const [what, ask] of [
    ['writes', (store: FlowStore) => store.prune({ keep: { maxRuns: 1 }, nowMs: 0 })],
    ['reads', async (store: FlowStore) => store.list({ minMs: 5 })],
  ] as const) {
    it(`H7 STORE_CORRUPT: so it is when damage is found by what ${what}; who wrote opens anew`, async () => {
      const file = newFile();
      const first = open(file);
      await writeRuns(first, 3_000);
      await first.close(1);
      damage(file);
      const store = open(file);
      await expectCorrupt(ask(store), file);
      expect((await store.stats()).runs).to.equal(0);
      const runner = { ...INIT, runner: 1, epoch: 1 };
      expect(await store.write({ ...runner, number: 2 })).to.equal('claimed');
      expect((await store.heartbeat(runner)).epoch).to.equal(undefined);
      await writeRuns(store, 1);
    });
  }

  it('H7 STORE_CORRUPT: two stores on a damaged file rename it once', async () => {
    const file = newFile();
    const stores = [open(file), open(file)];
    await writeRuns(stores[0]!, 3_000);
    await stores[1]!.stats();
    await stores[0]!.prune({ keep: {}, nowMs: 0 });
    damage(file);
    const corrupt = await Promise.all(
      stores.map((store) => rejectionOf(store.prune({ keep: { maxRuns: 1 }, nowMs: 0 }))),
    );
    expect(corrupt.map((error) => FlowError.is(error, 'STORE_CORRUPT'))).to.deep.equal([true, true]);
    await writeRuns(stores[0]!, 2);
    expect((await stores[1]!.stats()).runs).to.equal(2);
    expect(readdirSync(dirname(file)).filter((name) => /corrupt-[\dTZ]+$/.test(name))).to.have.length(1);
  });

  it('H7 STORE_UNAVAILABLE: a full disk is told, the batch can come again', async () => {
    const file = newFile();
    const connection = await openToWrite(driver, { file, synchronous: 'normal', migrate: 'auto' }, pauseThread);
    try {
      const writer = new SqliteWriter(connection);
      const { runner, epoch } = await writer.open(INIT);
      // What SQLite does where the disk has no more pages.
      connection.database.exec(`pragma max_page_count = ${pagesOf(connection) + 5}`);
      const runs = Array.from({ length: 400 }, (_, index) => aRun(runner, index + 1));
      const error = fromSqlite(await rejectionOf(writer.write({ runner, epoch, number: 1, runs })), file) as FlowError;
      expect(FlowError.is(error, 'STORE_UNAVAILABLE')).to.equal(true);
      expect([error.message, error.hint].join(' ')).to.match(/the disk is full .* Make room on the disk/);
      connection.database.exec('pragma max_page_count = 100000');
      expect(await writer.write({ runner, epoch, number: 1, runs })).to.equal('stored');
      expect(await writer.write({ runner, epoch, number: 2, runs: [aRun(runner, 401, { tenant: 'acme' })] })).to.equal(
        'stored',
      );
    } finally {
      connection.database.close();
    }
  });

  it('H15 STORE_UNAVAILABLE: a folder that is not there is named', async () => {
    const file = join(dirname(newFile()), 'none', 'history.db');
    const error = (await rejectionOf(open(file).open(INIT))) as FlowError;
    expect(FlowError.is(error, 'STORE_UNAVAILABLE')).to.equal(true);
    expect(error.hint).to.contain(dirname(file));
  });

  for (const [type, name] of [
    [0x69_69, 'NFS'],
    [-11_317_950, 'CIFS'],
    [0x01_02_19_97, '9p'],
  ] as const) {
    it(`H15 STORE_FILE_UNSUPPORTED on ${name}, where nothing is made`, () => {
      const file = newFile();
      const error = thrownBy(() => prepareFile(file, () => ({ type }))) as FlowError;
      expect(FlowError.is(error, 'STORE_FILE_UNSUPPORTED')).to.equal(true);
      expect(error.message).to.contain(name);
      expect(error.hint).to.contain('a disk of this machine');
      expect(existsSync(file)).to.equal(false);
    });
  }

  it('H15 STORE_FILE_UNSUPPORTED for a database of another program, which stays as it is', async () => {
    const file = newFile();
    const other = driver.open(file);
    other.exec('create table run (fish text); insert into run values (1)');
    other.close();
    const before = readFileSync(file).subarray(100);
    expect(FlowError.is(await rejectionOf(open(file).open(INIT)), 'STORE_FILE_UNSUPPORTED')).to.equal(true);
    expect(readFileSync(file).subarray(100).equals(before)).to.equal(true);
  });

  it('H15 STORE_FILE_UNSUPPORTED for a file of a newer version', async () => {
    const file = newFile();
    const first = open(file);
    await writeRuns(first, 1);
    await first.close(1);
    const other = driver.open(file);
    other.exec(`pragma user_version = ${MIGRATIONS.length + 1}`);
    other.close();
    const error = await rejectionOf(open(file).open(INIT));
    expect(FlowError.is(error, 'STORE_FILE_UNSUPPORTED')).to.equal(true);
    expect((error as FlowError).message).to.contain('newer version');
  });

  it("H15 STORE_FILE_UNSUPPORTED with `migrate: 'check'` for a file that is not there, of another program, or of another version", async () => {
    const file = newFile();
    const refusal = async (): Promise<string> => {
      const error = await rejectionOf(open(file, { migrate: 'check', worker: 'inline' }).stats());
      expect(FlowError.is(error, 'STORE_FILE_UNSUPPORTED')).to.equal(true);
      return (error as FlowError).message;
    };
    const change = (sql: string): void => {
      const database = driver.open(file);
      database.exec(sql);
      database.close();
    };
    expect(await refusal()).to.contain('it is not there');
    expect(existsSync(file)).to.equal(false);
    change('create table fish (fish text)');
    expect(await refusal()).to.contain('another program');
    change('drop table fish');
    await writeRuns(open(file), 2);
    expect((await open(file, { migrate: 'check', worker: 'inline' }).stats()).runs).to.equal(2);
    change(`pragma user_version = ${MIGRATIONS.length - 1}`);
    expect(await refusal()).to.contain(`version ${MIGRATIONS.length - 1}`);
    change(`pragma user_version = ${MIGRATIONS.length + 1}`);
    expect(await refusal()).to.contain('newer version');
  });

  it("H15 STORE_CORRUPT with `migrate: 'check'` leaves the file where it is", async () => {
    const file = newFile();
    const first = open(file);
    await writeRuns(first, 3_000);
    await first.close(1);
    damage(file);
    const store = open(file, { migrate: 'check', worker: 'inline' });
    expect(FlowError.is(await rejectionOf(store.list({ minMs: 5 })), 'STORE_CORRUPT')).to.equal(true);
    expect(readdirSync(dirname(file)).filter((name) => name.includes('corrupt'))).to.deep.equal([]);
  });

  it('H15 waits for whoever writes, while those who read do not', async () => {
    const file = newFile();
    const store = open(file);
    const { runner, epoch } = await writeRuns(store, 1);
    const other = driver.open(file);
    other.exec('begin immediate');
    const outcomes = [2, 3, 4].map((number) => store.write({ runner, epoch, number, runs: [aRun(runner, number)] }));
    expect((await store.stats()).runs).to.equal(1);
    other.exec('commit');
    other.close();
    expect(await Promise.all(outcomes)).to.deep.equal(['stored', 'stored', 'stored']);
  });

  it('H15 keeps the order of what waits, or a later batch would make an earlier one a repetition', async () => {
    const file = newFile();
    await writeRuns(open(file), 1);
    const [one, other] = [driver.open(file), driver.open(file)];
    try {
      one.exec('pragma busy_timeout = 0');
      other.exec('begin immediate');
      let goOn = (): void => {};
      const connection = new Connection(
        one,
        file,
        async () =>
          new Promise<void>((resolve) => {
            goOn = resolve;
          }),
      );
      const order: number[] = [];
      const first = connection.write(() => order.push(1));
      await new Promise(setImmediate);
      other.exec('commit');
      const second = connection.write(() => order.push(2));
      await new Promise(setImmediate);
      goOn();
      await Promise.all([first, second]);
      expect(order).to.deep.equal([1, 2]);
    } finally {
      one.close();
      other.close();
    }
  });

  it('H13 does not try for ever to shrink a file that was made again without a list of free pages', async () => {
    const file = newFile();
    const first = open(file);
    await writeRuns(first, 2_000);
    await first.close(1);
    const other = driver.open(file);
    other.exec('pragma auto_vacuum = none; vacuum');
    other.close();
    const store = open(file);
    expect((await store.prune({ keep: { maxRuns: 1 }, nowMs: 0, limit: 5_000 })).deleted).to.equal(1_999);
    expect((await store.stats()).runs).to.equal(1);
  });

  it('H15 STORE_UNAVAILABLE: tries every 0.3 to 1.3 ms, and says so after 5 s', async () => {
    const file = newFile();
    await writeRuns(open(file), 1);
    const [one, other] = [driver.open(file), driver.open(file)];
    try {
      one.exec('pragma busy_timeout = 0');
      other.exec('begin immediate');
      const pauses: number[] = [];
      const waited = (): number => pauses.reduce((sum, ms) => sum + ms, 0);
      const connection = new Connection(one, file, (ms) => void pauses.push(ms), waited);
      const error = await rejectionOf(connection.write(() => 1));
      expect(FlowError.is(error, 'STORE_UNAVAILABLE')).to.equal(true);
      expect(waited()).to.be.within(5_000, 5_002);
      expect(Math.min(...pauses)).to.be.at.least(0.3);
      expect(Math.max(...pauses)).to.be.at.most(1.3);
      expect(new Set(pauses).size).to.be.greaterThan(1_000);
    } finally {
      one.close();
      other.close();
    }
  });
});

async function expectCorrupt(asked: Promise<unknown>, file: string): Promise<string> {
  const error = (await rejectionOf(asked)) as FlowError;
  expect(FlowError.is(error, 'STORE_CORRUPT'), String(error)).to.equal(true);
  const renamed = String(error.metadata['renamed']);
  expect(renamed.startsWith(`${file}.corrupt-`), renamed).to.equal(true);
  expect(existsSync(renamed)).to.equal(true);
  return renamed;
}

/** All but the first page, which holds the schema. */
function damage(file: string): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.alloc(statSync(file).size - 40_960, 0xa5), 0, undefined, 40_960);
  closeSync(descriptor);
}

function pagesOf({ database }: Connection): number {
  return Number(database.prepare('pragma page_count').get()?.['page_count']);
}
