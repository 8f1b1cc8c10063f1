import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { expect } from 'chai';
import {
  sqliteCarrier,
  type CarrierSession,
  type CarrierState,
  type Delivery,
  type SessionOptions,
} from '#src/distributed/index.js';
import { DeadLetterUpkeep } from '#src/distributed/sqlite/engine/dead-letter-upkeep.js';
import { Transaction } from '#src/distributed/sqlite/engine/transaction.js';
import { CarrierFile } from '#src/distributed/sqlite/engine/carrier-file.js';
import { Upkeep } from '#src/distributed/sqlite/engine/upkeep.js';
import { SystemClock, type FlowError } from '#src/index.js';
import type { SqlDatabase } from '#src/store/sqlite/database.js';
import { loadDriver } from '#src/store/sqlite/drivers.js';
import { sqliteStore } from '#src/store/index.js';

import { codeOf } from '../../support/settling.js';
import { thrownBy } from '../../support/thrown-by.js';
import { LEASE_S, PLAN, stored } from './carrier-process.js';

const DRIVER = loadDriver('auto');

describe('sqliteCarrier', function () {
  this.timeout(30_000);
  let folder: string;
  let file: string;
  let sessions: CarrierSession[];
  let others: SqlDatabase[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'penguiflow-carrier-'));
    file = join(folder, 'queues.db');
    [sessions, others] = [[], []];
  });
  afterEach(async () => {
    for (const other of others) other.close();
    await Promise.all(sessions.map((session) => session.close(0)));
    rmSync(folder, { recursive: true });
  });

  it('D9 renews while the code of its process blocks, so that nothing is run twice', async () => {
    const [session, other] = [await joined(), await joined()];
    await stored(session, 'in', 'one');
    const delivery = await takeOne(session, 'in');
    const [lost, taken]: [string[], string[]] = [[], []];
    session.onLost(({ id }) => lost.push(id));
    other.take('in', { free: 10, maxHoldS: 900 }, ({ id }) => taken.push(id));
    const endMs = performance.now() + LEASE_S * 3_000;
    while (performance.now() < endMs);
    await setTimeout(200);
    await session.settle(delivery, { departures: [] });
    expect([lost, taken]).to.deep.equal([[], []]);
  });

  it('D9 offers to others first what was held for too long', async () => {
    const [session, other] = [await joined(), await joined()];
    const ids = ['m-0', 'm-1'];
    const [taken, others]: [string[], string[]] = [[], []];
    await Promise.all(ids.map((id) => stored(session, 'in', id)));
    const taking = session.take('in', { free: ids.length, maxHoldS: 0.1 }, ({ id }) => taken.push(id));
    while (taken.length < ids.length) await setTimeout(20);
    // As a process that is blocked: it has room for more, and ends nothing.
    taking.more(100);
    other.take('in', { free: 100, maxHoldS: 900 }, ({ id }) => others.push(id));
    while (taken.length + others.length < 2 * ids.length) await setTimeout(20);
    expect([taken, others.toSorted()]).to.deep.equal([ids, ids]);
  });

  it('D25 is down while another process keeps the file locked, says so, and goes on', async () => {
    const states: CarrierState[] = [];
    const session = await joined({ onState: (state) => states.push(state) });
    const lock = raw();
    lock.exec('begin immediate');
    const putting = stored(session, 'in', 'one');
    for (let waitedMs = 0; states.length === 0 && waitedMs < 10_000; waitedMs += 50) await setTimeout(50);
    expect(states[0]?.state).to.equal('down');
    expect(states[0]?.detail).to.contain('another process has held its lock');
    lock.exec('rollback');
    await putting;
    expect(states.map(({ state }) => state)).to.deep.equal(['down', 'up']);
  });

  it('D2 keeps what it has when the last session is closed, for the next one', async () => {
    const session = await joined();
    await stored(session, 'in', 'one');
    await session.close(1_000);
    const next = await joined();
    expect((await takeOne(next, 'in')).id).to.equal('one');
  });

  it('D2 keeps namespaces apart', async () => {
    const [one, other] = [await joined(), await joined({}, { namespace: 'other' })];
    await stored(one, 'in', 'same');
    await other.writeDoc('key', 'body', 0);
    expect((await other.queues())[0]?.pending).to.equal(0);
    expect(await one.doc('key')).to.equal(undefined);
  });

  it('D2 refuses a file of a newer version, of another program, or of a history', async () => {
    const session = await joined();
    await session.close(0);
    const newer = raw();
    newer.exec('pragma user_version = 99');
    const refused = joined();
    expect(await codeOf(refused)).to.equal('STORE_FILE_UNSUPPORTED');
    file = join(folder, 'other.db');
    raw().exec('create table theirs (a)');
    expect(await codeOf(joined())).to.equal('STORE_FILE_UNSUPPORTED');
    file = join(folder, 'history.db');
    const store = sqliteStore({ file });
    await store.stats();
    await store.close(0);
    expect(await codeOf(joined())).to.equal('STORE_FILE_UNSUPPORTED');
    file = join(folder, 'damaged.db');
    writeFileSync(file, 'This is no database, and long enough to be seen as none.'.repeat(100));
    expect(await codeOf(joined())).to.equal('STORE_CORRUPT');
    file = join(folder, 'nowhere', 'queues.db');
    expect(await codeOf(joined())).to.equal('STORE_UNAVAILABLE');
  });

  it('says which driver is missing, and what brings it', async () => {
    // Node 20 has none, and on a newer one another driver is not there.
    const driver = existsSync('node_modules/better-sqlite3') ? 'node' : 'better-sqlite3';
    const error = await joined({}, { driver }).catch((reason: unknown) => reason);
    expect(error).to.include({ code: 'STORE_DRIVER_MISSING' });
    expect((error as { hint: string }).hint).to.contain('npm install');
  });

  it('says which file of its thread is missing', async () => {
    const worker = new URL('nowhere.js', import.meta.url);
    expect(await codeOf(joined({}, { worker }))).to.equal('STORE_WORKER_MISSING');
  });

  it('names the process that reads in its file for long when the journal gets large, once', () => {
    const opened = new CarrierFile(DRIVER, file);
    opened.open();
    const upkeep = new Upkeep(opened);
    expect(upkeep.journalProblem()).to.equal(undefined);
    const reader = raw();
    reader.exec('begin');
    reader.prepare('select * from flow').all();
    truncateSync(`${file}-wal`, 300 * 1_024 * 1_024);
    const problem = upkeep.journalProblem();
    expect(problem?.code).to.equal('CARRIER_JOURNAL_LARGE');
    expect(problem?.message).to.contain(`process ${process.pid}`);
    expect(upkeep.journalProblem()).to.equal(undefined);
    opened.close();
  });

  it('D11 drops dead letters that are older than 14 days, and says how many', async () => {
    await (await joined()).close(0);
    const aged = Date.now() - 14 * 86_400_000;
    const add = `insert into dead (flow, queue, id, head, body, reason, at) select flow, 'in', ?, '', '', '{}', ? from flow`;
    for (const [id, at] of [
      ['old', aged - 1],
      ['older', aged - 60_000],
      ['young', aged + 60_000],
    ] as const)
      raw().prepare(add).run(id, at);
    const problems: FlowError[] = [];
    const session = await joined({ onProblem: (problem) => problems.push(problem) });
    for (let waitedMs = 0; problems.length === 0 && waitedMs < 5_000; waitedMs += 20) await setTimeout(20);
    expect(problems.map(({ code, metadata }) => [code, metadata])).to.deep.equal([
      ['DEAD_LETTERS_DROPPED', { flow: PLAN.flow, count: 2 }],
    ]);
    expect((await session.dead.list()).map(({ messageId }) => messageId)).to.deep.equal(['young']);
  });

  it('D11 keeps the last dead letters of each flow, a number of them', async () => {
    const sqlite = raw();
    const opened = new CarrierFile(DRIVER, file);
    opened.open();
    sqlite.exec(
      `insert into flow (flow, ns, name, plan, rev) values (1, 'default', 'Large', '{}', 1), (2, 'default', 'Small', '{}', 1)`,
    );
    const add = sqlite.prepare(
      `insert into dead (flow, queue, id, head, body, reason, at) values (?, ?, '', '', '', '{}', ?)`,
    );
    for (let n = 0; n < 12; n++) add.run(n % 4 === 0 ? 2 : 1, `q${n % 3}`, Date.now());
    const upkeep = new DeadLetterUpkeep(opened, 5);
    const problems = (): unknown[] => upkeep.problems(performance.now()).map(({ error }) => error.metadata);
    const run = (): void => {
      const tx = new Transaction(() => {});
      opened.write(false, () => upkeep.run(tx));
      tx.done();
    };
    run();
    expect(problems()).to.deep.equal([{ flow: 'Large', count: 4 }]);
    const left = sqlite.prepare('select dead, flow from dead order by dead').all();
    expect(left.map(({ dead, flow }) => [dead, flow])).to.deep.equal([
      [1, 2],
      [5, 2],
      ...[7, 8].map((dead) => [dead, 1]),
      [9, 2],
      ...[10, 11, 12].map((dead) => [dead, 1]),
    ]);
    run();
    expect(problems()).to.deep.equal([]);
    opened.close();
  });

  it('refuses options and plans that cannot be', async () => {
    for (const options of [
      { file: '' },
      { file: ':memory:' },
      { file: 'x', driver: 'sqlite' },
      { file: 'x', namespace: 'a b' },
      { file: 'x', worker: 'here' },
      { file: 'x', mode: 'wal' },
      undefined,
      'queues.db',
    ]) {
      expect(thrownBy(() => sqliteCarrier(options as never)).code).to.equal('INVALID_OPTION');
    }
    const session = await joined();
    expect(await codeOf(session.provision({ ...PLAN, flow: 'Others' }, 'ensure'))).to.equal('INVALID_OPTION');
    expect(await codeOf(session.dead.list({ after: 'x' }))).to.equal('INVALID_OPTION');
    expect(await codeOf(session.dead.list({ limit: 0 }))).to.equal('INVALID_OPTION');
  });

  /** A session with a thread of its own. */
  async function joined(
    options: Partial<SessionOptions> = {},
    more: Partial<Parameters<typeof sqliteCarrier>[0]> = {},
  ): Promise<CarrierSession> {
    const session = await sqliteCarrier({ file, ...more }).open({
      flow: PLAN.flow,
      clock: new SystemClock(),
      ...options,
    });
    sessions.push(session);
    await session.provision(PLAN, 'ensure');
    return session;
  }

  /** A connection that is nobody's. */
  function raw(): SqlDatabase {
    const database = DRIVER.open(file);
    others.push(database);
    return database;
  }
});

function takeOne(session: CarrierSession, queue: string): Promise<Delivery> {
  return new Promise((resolve) => {
    const taking = session.take(queue, { free: 1, maxHoldS: 900 }, (delivery) => {
      taking.stop();
      resolve(delivery);
    });
  });
}
