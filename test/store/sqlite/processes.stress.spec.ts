import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { expect } from 'chai';
import { runIdOf, RUNS_PER_RUNNER } from '#src/store/index.js';
import { loadDriver } from '#src/store/sqlite/drivers.js';

import { useStores } from './support/use-stores.js';
import { WritingProcess } from '../support/writing-process.js';

/** Processes that are killed; `PENGUIFLOW_STORE_KILLS=100` for more. */
const KILLS = Number(process.env['PENGUIFLOW_STORE_KILLS'] ?? 8);
const RUNS = 5;
const ATTEMPTS = 60;
const STARTER = fileURLToPath(new URL('support/start-at-once.js', import.meta.url));
const run = promisify(execFile);

describe('sqliteStore in several processes', () => {
  const { newFile, open } = useStores();
  const processes: WritingProcess[] = [];
  const start = (...args: readonly string[]): WritingProcess => {
    const writing = new WritingProcess(...args);
    processes.push(writing);
    return writing;
  };

  afterEach(async () => {
    for (const writing of processes.splice(0)) await writing.kill();
  });

  it(`H6 H11 H15 loses nothing it has said was stored, and tears no batch, in ${KILLS} processes that are killed`, async function () {
    this.timeout(20_000 + KILLS * 3_000);
    const file = newFile();
    const said = new Map<number, number>();
    for (let round = 0; round < KILLS; round += 1) {
      const writing = start(JSON.stringify({ file }), `instance-${round}`, '60000');
      const runner = Number((await writing.line()).split(' ')[1]);
      writing.go();
      // Somewhere in the middle of one of the first batches.
      for (let batch = 0; batch <= round % 4; batch += 1) await writing.line();
      await passed((round * 7) % 11);
      await writing.kill();
      said.set(runner, writing.said.length - 1);
      expectWhole(file);
    }
    const store = open(file);
    const { runs } = await store.stats();
    let told = 0;
    for (const [runner, batches] of said) {
      told += batches * RUNS;
      const last = await store.run({ runId: runIdOf(runner, batches * RUNS) });
      expect([last?.attempts.length, last?.lines.lines.length], `runner ${runner}`).to.deep.equal([ATTEMPTS, 1]);
    }
    expect(said.size).to.equal(KILLS);
    // One more of each, which was written while nobody heard of it.
    expect(runs).to.be.within(told, told + KILLS * RUNS);
    const { others } = await store.heartbeat({ runner: 0, epoch: 0, instance: '' });
    expect(others.map(({ instance }) => instance)).to.have.length(KILLS);
  });

  it('H6 H15 four processes write into one file, and all of it is there', async function () {
    this.timeout(60_000);
    const file = newFile();
    const writers = [1, 2, 3, 4].map((index) => start(JSON.stringify({ file }), `instance-${index}`, '2000'));
    const runners = await Promise.all(writers.map(async (writer) => Number((await writer.line()).split(' ')[1])));
    expect(runners.toSorted((a, b) => a - b)).to.deep.equal([1, 2, 3, 4]);
    for (const writer of writers) writer.go();
    await Promise.all(writers.map(async (writer) => writer.end()));
    const batches = writers.map(({ said }) => said.length - 2);
    const rows = batches.map((count) => count * RUNS * (ATTEMPTS + 2));
    console.log(
      `      rows of each in 2 s: ${rows.join(', ')}; ${writers.map(({ said }) => said.at(-1)).join(', ')} ms a batch`,
    );
    const store = open(file);
    const { runs, attempts, running } = await store.stats();
    const written = batches.reduce((sum, count) => sum + count, 0) * RUNS;
    expect([runs, attempts, running]).to.deep.equal([written, written * ATTEMPTS, 0]);
    expectWhole(file);
  });

  it('H15 two processes make the tables of a file at once', async function () {
    this.timeout(60_000);
    const files = Array.from({ length: 10 }, () => newFile());
    const atMs = Date.now() + 1_500;
    const started = await Promise.all(
      ['a', 'b'].map(async (name) => run(process.execPath, [STARTER, name, String(atMs), ...files])),
    );
    expect(started.map(({ stderr }) => stderr)).to.deep.equal(['', '']);
    for (const file of files) {
      const store = open(file);
      expect((await store.stats()).runs).to.equal(2);
      await store.abandon();
      expectWhole(file);
    }
  });
});

/** SQLite finds nothing wrong, and each run has all that came with it. */
function expectWhole(file: string): void {
  const database = loadDriver('auto').open(file);
  try {
    const [check] = database.prepare('pragma integrity_check').all();
    expect(Object.values(check ?? {})).to.deep.equal(['ok']);
    const torn = database.prepare(
      `select count(*) as torn from run where attempts > 1 and (
        (select count(*) from attempt a where a.run_id = run.run_id) <> ? or not exists (select 1 from line l where l.run_id = run.run_id)
      )`,
    );
    expect(torn.get(ATTEMPTS)?.['torn']).to.equal(0);
    const batches = database.prepare(
      `select count(*) as torn from (
        select 1 from run where attempts > 1 group by (run_id % ${RUNS_PER_RUNNER} - 1) / ${RUNS}, run_id / ${RUNS_PER_RUNNER}
        having count(*) <> ${RUNS}
      )`,
    );
    expect(batches.get()?.['torn']).to.equal(0);
    const counted = database
      .prepare('select (select sum(runs) from counter) - (select count(*) from run) as wrong')
      .get();
    expect(counted?.['wrong']).to.be.oneOf([0, null]);
  } finally {
    database.close();
  }
}

async function passed(ms: number): Promise<void> {
  const endMs = performance.now() + ms;
  while (performance.now() < endMs) await new Promise(setImmediate);
}
