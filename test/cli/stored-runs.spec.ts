import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';

import { expect } from 'chai';

import { widthOf } from '#src/cli/text-width.js';
import { MIGRATIONS } from '#src/store/sqlite/schema.js';
import { loadDriver } from '#src/store/sqlite/drivers.js';
import { sqliteStore, type FlowStore } from '#src/store/index.js';

import { describeWithTool } from '../support/needs-tool.js';
import { ADDRESS, POSTGRES, sql } from '../store/postgres/support/postgres-target.js';
import { usePostgres } from '../store/postgres/support/use-postgres.js';
import { aRun } from '../store/support/rows.js';
import { penguiflow, type Ran } from './support/command-line.js';
import { useFakeInspector } from './support/fake-inspector.js';
import { FAILED_ID, OTHER_ID, START, storeRuns } from './support/stored-runs.js';
import { useTempFolder } from './support/temp-folder.js';

describe('penguiflow, of a store', () => {
  const folder = useTempFolder();
  const held = useFakeInspector();
  let file: string;
  let store: FlowStore;

  beforeEach(async () => {
    file = folder.file('history.db');
    store = sqliteStore({ file, worker: 'inline' });
    await storeRuns(store);
  });
  afterEach(async () => store.close(0));

  async function run(...args: string[]): Promise<Ran> {
    return penguiflow([...args, '--store', file], { env: { COLUMNS: '80' } });
  }

  async function ids(...args: string[]): Promise<number[]> {
    const { stdout, exitCode, stderr } = await run('traces', '--json', ...args);
    expect([exitCode, stderr]).to.deep.equal([0, '']);
    return stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => (JSON.parse(line) as { readonly id: number }).id % 2 ** 32);
  }

  it('traces prints a table that fits, newest first', async () => {
    const { stdout } = await run('traces');
    expect(stdout).to.equal(
      `\
started           status          took  flow    tenant   trace       why
2025-11-30 01:20  ▶ running             Orders  default  order-4711
2025-11-30 01:20  ✓ succeeded  20.0 ms  Orders  default  ${OTHER_ID.slice(-8)}
2025-11-30 01:19  ✓ succeeded  2.00 ms  Rates   acme     ${FAILED_ID.slice(-8)}
2025-11-30 01:19  ✗ failed      1.00 s  Orders  acme     ${FAILED_ID.slice(-8)}    Charge: Ba…
`,
    );
    expect(Math.max(...stdout.split('\n').map(widthOf))).to.be.at.most(80);
    const wide = await penguiflow(['traces', '--store', file], { env: { COLUMNS: '160' } });
    expect(wide.stdout).to.contain(`${FAILED_ID}  Charge: BankError: no answer yet\n`);
  });

  const searches: ReadonlyArray<readonly [args: string[], runs: number[]]> = [
    [[], [4, 3, 2, 1]],
    [['--failed'], [1]],
    [['--status', 'running'], [4]],
    [
      ['--tenant', 'acme'],
      [2, 1],
    ],
    [['--flow', 'Rates'], [2]],
    [['--label', 'order=47:11'], [1]],
    [['--node', 'Charge'], [1]],
    [['--code', 'NODE_EXCEPTION'], [1]],
    [['--text', 'NO ANSWER'], [1]],
    [['--slower', '500ms'], [1]],
    [
      ['--since', new Date(START + 60_000).toISOString()],
      [4, 3],
    ],
    [
      ['--until', new Date(START + 60_000).toISOString()],
      [2, 1],
    ],
    [
      ['-n', '2'],
      [4, 3],
    ],
    [['--failed', '--tenant', 'zoo'], []],
  ];
  for (const [args, runs] of searches) {
    it(`traces ${args.join(' ')} finds ${runs.length} runs`, async () => {
      expect(await ids(...args)).to.deep.equal(runs);
    });
  }

  it('traces goes through as many pages as it takes', async () => {
    const { runner, epoch } = await store.open({ ...(await init()) });
    const runs = Array.from({ length: 1_200 }, (_, at) => aRun(runner, at + 1, { startedMs: START + at }));
    await store.write({ runner, epoch, number: 1, runs });
    expect(await ids('-n', '1100')).to.have.lengthOf(1_100);
    expect(await ids('-n', '5000')).to.have.lengthOf(1_204);
  });

  async function init(): Promise<Parameters<FlowStore['open']>[0]> {
    return { instance: 'two', host: 'iceberg', bootId: undefined, pid: 1, version: '1.0.0', startedMs: 0 };
  }

  it('C4 refuses values that make no sense, and says what a store would take', async () => {
    const bad = [
      ['--label', 'order'],
      ['--slower', 'long'],
      ['-n', '0'],
      ['--since', 'x'],
      ['--failed', '--status', 'running'],
      ['--status', 'bad'],
    ];
    for (const args of bad) {
      const { exitCode, stderr } = await run('traces', ...args);
      expect(exitCode, args.join(' ')).to.equal(2);
      expect(stderr).to.match(/^error: /);
    }
  });

  it('C5 reads a store while an application writes it', async () => {
    const before = await ids();
    const { runner, epoch } = await store.open(await init());
    await store.write({ runner, epoch, number: 1, runs: [aRun(runner, 1, { startedMs: START + 80_000 })] });
    expect(await ids()).to.deep.equal([1, ...before]);
    await store.write({ runner, epoch, number: 2, runs: [aRun(runner, 2, { startedMs: START + 90_000 })] });
    expect(await ids()).to.have.lengthOf(before.length + 2);
    // Nobody was taken for dead, and nothing for interrupted.
    expect((await store.stats()).running).to.equal(1);
  });

  it('C5 makes, changes and renames nothing, but with store migrate', async () => {
    const gone = folder.file('gone.db');
    for (const command of [['traces'], ['trace', 'x'], ['store', 'stats'], ['store', 'prune', '--max-runs', '1']]) {
      expect((await penguiflow([...command, '--store', gone])).exitCode, command.join(' ')).to.equal(3);
    }
    await store.close(0);
    const driver = loadDriver('auto');
    const database = driver.open(file);
    database.exec(`pragma user_version = ${MIGRATIONS.length - 1}`);
    database.close();
    const older = await run('traces');
    expect(older.exitCode).to.equal(1);
    expect(older.stderr).to.contain('penguiflow store migrate');
    writeFileSync(folder.file('damaged.db'), 'fish'.repeat(2_000));
    const damaged = await penguiflow(['store', 'stats', '--store', folder.file('damaged.db')]);
    expect(damaged.exitCode).to.equal(1);
    expect(readFileSync(folder.file('damaged.db'), 'utf8')).to.equal('fish'.repeat(2_000));
    expect(readdirSync(folder.path).filter((name) => /gone|corrupt/.test(name))).to.deep.equal([]);
    const migrated = await penguiflow(['store', 'migrate', '--store', gone]);
    expect([migrated.exitCode, migrated.stdout]).to.deep.equal([0, 'The store is up to date, and has 0 runs.\n']);
    expect((await penguiflow(['traces', '--store', gone])).stdout).to.equal('No runs.\n');
  });

  it('C5 leaves nothing beside a store that nobody else has open', async () => {
    await store.close(0);
    // This process may have the other one open still: one of the drivers closes a file when its objects are garbage.
    mkdirSync(folder.file('alone'));
    copyFileSync(file, folder.file('alone/history.db'));
    for (const command of [['traces'], ['store', 'stats'], ['store', 'prune', '--max-runs', '1000']]) {
      const { exitCode } = await penguiflow([...command, '--store', folder.file('alone/history.db')]);
      expect([exitCode, readdirSync(folder.file('alone'))], command.join(' ')).to.deep.equal([0, ['history.db']]);
    }
  });

  it('C5 store migrate leaves what is no history as it is, and makes one of an empty file', async () => {
    writeFileSync(folder.file('notes.txt'), 'mine');
    const before = readdirSync(folder.path);
    const { exitCode, stderr } = await penguiflow(['store', 'migrate', '--store', folder.file('notes.txt')]);
    expect([exitCode, stderr.includes('notes.txt is damaged, or no SQLite file')]).to.deep.equal([1, true]);
    expect([readFileSync(folder.file('notes.txt'), 'utf8'), readdirSync(folder.path)]).to.deep.equal(['mine', before]);
    writeFileSync(folder.file('empty.db'), '');
    expect((await penguiflow(['store', 'migrate', '--store', folder.file('empty.db')])).exitCode).to.equal(0);
    const other = await penguiflow(['traces', '--store', folder.path]);
    expect([other.exitCode, other.stderr.includes('is no file')]).to.deep.equal([2, true]);
  });

  it('store stats counts what there is', async () => {
    const { stdout } = await run('store', 'stats');
    expect(stdout)
      .to.match(/^runs +4$/m)
      .and.match(/^under way +1$/m)
      .and.match(/^size +[\d.]+ kB$/m);
    expect(stdout).to.contain('Orders  1 failed, 1 running, 1 succeeded').and.contain('Rates  1 succeeded');
    const stats = JSON.parse((await run('store', 'stats', '--json')).stdout) as object;
    expect(stats).to.include({ runs: 4, running: 1, pinned: 0 }).and.have.property('counters');
  });

  it('store prune deletes what is over, succeeded before failed', async () => {
    expect((await run('store', 'prune')).exitCode).to.equal(2);
    expect((await run('store', 'prune', '--max-bytes', 'much')).exitCode).to.equal(2);
    expect((await run('store', 'prune', '--max-runs', '3')).stdout).to.equal('Deleted 1 run.\n');
    expect(await ids()).to.deep.equal([4, 2, 1]);
    expect(JSON.parse((await run('store', 'prune', '--failed', '0s', '--json')).stdout)).to.deep.equal({ deleted: 2 });
  });

  it('traces and trace ask an application as they read a store', async () => {
    const where = ['--url', held.inspector.url, '--token', 'a-token'];
    const { stdout } = await penguiflow(['traces', ...where, '--failed', '--since', '2025-11-30T00:00Z']);
    expect(stdout).to.contain('✗ failed').and.contain('cf0c067b');
    expect(held.inspector.asked[0]?.url).to.match(/api\/runs\?status=failed&fromMs=\d+&limit=50$/);
    const trace = await penguiflow(['trace', 'cf0c067b', ...where]);
    expect([trace.exitCode, trace.stderr]).to.deep.equal([0, '']);
    expect(trace.stdout).to.contain('1. failed in 100 ms: no answer yet');
    expect((await penguiflow(['trace', 'ffff', ...where])).exitCode).to.equal(3);
  });
});

describeWithTool(POSTGRES, 'penguiflow, of a store in Postgres', () => {
  const { newSchema, open } = usePostgres();

  it('C5 reads it as a role that may not write, and makes it with store migrate alone', async () => {
    const schema = newSchema();
    const where = ['--store', ADDRESS.href, '--schema', schema];
    const missing = await penguiflow(['store', 'stats', ...where]);
    expect(missing.exitCode).to.equal(1);
    expect(missing.stderr).to.contain('penguiflow store migrate');
    const [made] = await sql(`select count(*)::int4 as n from pg_namespace where nspname = '${schema}'`);
    expect(made).to.deep.equal({ n: 0 });
    expect((await penguiflow(['store', 'migrate', ...where])).exitCode).to.equal(0);
    await storeRuns(open(schema));
    const role = `reader_${schema.replaceAll(/\W/g, '')}`;
    await sql(`create role ${role} login; grant usage on schema "${schema.replaceAll('"', '""')}" to ${role};
      grant select on all tables in schema "${schema.replaceAll('"', '""')}" to ${role}`);
    try {
      const asReader = Object.assign(new URL(ADDRESS.href), { username: role }).href;
      const { stdout, stderr } = await penguiflow(['trace', FAILED_ID, '--store', asReader, '--schema', schema]);
      expect(stderr).to.equal('');
      expect(stdout).to.contain('NODE_EXCEPTION in Charge').and.contain('1. timed out after 100 ms');
    } finally {
      await sql(`drop owned by ${role}; drop role ${role}`);
    }
  });

  it('C4 ends with 4 where nobody answers, and says no password', async () => {
    const { exitCode, stderr } = await penguiflow(['traces', '--store', 'postgres://me:secret-fish@127.0.0.1:1/x']);
    expect(exitCode).to.equal(4);
    expect(stderr).to.not.contain('secret-fish');
  });
});
