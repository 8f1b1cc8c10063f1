import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { Worker } from 'node:worker_threads';

import { expect } from 'chai';
import { build } from 'esbuild';
import { FlowError } from '#src/index.js';

import { PATHS_OF_URLS, REQUIRE_IN_MODULES } from '../support/bundling.js';
import { rejectionOf } from '../support/rejection-of.js';
import { aRun, INIT, writeRuns } from '../support/rows.js';
import { useStores } from './support/use-stores.js';

const run = promisify(execFile);
const STORE = import.meta.resolve('#src/store/index.js');
const WORKER = new URL(import.meta.resolve('#src/store/sqlite-worker.js'));

describe('the threads of sqliteStore', () => {
  const { newFile, open } = useStores();
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'penguiflow-worker-'));
  });

  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('H15 STORE_WORKER_MISSING says what a bundler has to be told', async () => {
    const worker = pathToFileURL(join(folder, 'none.js'));
    const error = (await rejectionOf(open(newFile(), { worker }).open(INIT))) as FlowError;
    expect(FlowError.is(error, 'STORE_WORKER_MISSING')).to.equal(true);
    expect(error.message).to.contain('none.js');
    expect(error.hint).to.match(/penguiflow\/store\/sqlite-worker.*worker: new URL.*worker: "inline"/);
  });

  for (const [format, here] of [
    ['esm', 'import.meta.url'],
    ['cjs', "require('node:url').pathToFileURL(__filename)"],
  ] as const) {
    it(`H15 works in a bundle by that recipe, as ${format}, and says what is missing without it`, async function () {
      this.timeout(60_000);
      const file = newFile();
      const write = async (worker: string): Promise<string> => {
        const program = `
          import { sqliteStore } from ${JSON.stringify(STORE)};
          const store = sqliteStore({ file: ${JSON.stringify(file)}${worker} });
          store.stats().then(({ runs }) => console.log(runs), ({ code }) => console.log(code));`;
        await writeFile(join(folder, 'main.mjs'), program);
        const extension = format === 'esm' ? '.mjs' : '.cjs';
        await build({
          ...{
            entryPoints: { main: join(folder, 'main.mjs'), 'threads/store': WORKER.pathname },
            outdir: join(folder, 'out'),
          },
          ...{ bundle: true, format, platform: 'node', external: ['winston', 'class-*'], logLevel: 'silent' },
          ...{
            outExtension: { '.js': extension },
            plugins: [PATHS_OF_URLS],
            banner: { js: format === 'esm' ? REQUIRE_IN_MODULES : '' },
          },
        });
        return (await run(process.execPath, [join(folder, `out/main${extension}`)], { env: LIBSQL })).stdout.trim();
      };
      await writeRuns(open(file), 3);
      expect(await write('')).to.equal('STORE_WORKER_MISSING');
      const extension = format === 'esm' ? 'mjs' : 'cjs';
      expect(await write(`, worker: new URL('./threads/store.${extension}', ${here})`)).to.equal('3');
      expect(await write(", worker: 'inline'")).to.equal('3');
    });
  }

  it('H15 keep a process alive while somebody waits, and no longer', async () => {
    const program = `
      const { sqliteStore } = await import(${JSON.stringify(STORE)});
      const store = sqliteStore({ file: ${JSON.stringify(newFile())} });
      console.log((await store.stats()).runs);
      store.list().then(({ runs }) => console.log(runs.length));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { timeout: 9_000 });
    expect(stdout).to.equal('0\n0\n');
  });

  it('H15 STORE_UNAVAILABLE when a thread ends; the next call starts another one', async () => {
    const threads: Worker[] = [];
    const noteThread = (thread: Worker): number => threads.push(thread);
    process.on('worker', noteThread);
    try {
      const store = open(newFile(), {});
      const { runner, epoch } = await writeRuns(store, 2);
      expect(threads).to.have.length(2);
      const batches = [2, 3, 4].map(async (number) =>
        rejectionOf(store.write({ runner, epoch, number, runs: [aRun(runner, number + 1)] })),
      );
      await new Promise(setImmediate);
      await threads[0]!.terminate();
      for (const error of await Promise.all(batches)) {
        if (error !== undefined) expect((error as FlowError).code).to.equal('STORE_UNAVAILABLE');
      }
      expect(await store.write({ runner, epoch, number: 5, runs: [aRun(runner, 9)] })).to.equal('stored');
      expect((await store.run({ runId: aRun(runner, 9).runId }))?.run.status).to.equal('succeeded');
      expect(threads).to.have.length(4);
    } finally {
      process.off('worker', noteThread);
    }
  });

  it('H15 tell an error as it is without them', async () => {
    const { runner, epoch } = await writeRuns(open(newFile(), {}), 1);
    const store = open(newFile(), {});
    await store.open(INIT);
    const run2 = aRun(runner + 1, 1);
    const error = (await rejectionOf(store.write({ runner, epoch, number: 1, runs: [run2] }))) as FlowError;
    expect(FlowError.is(error, 'STORE_ROW_REFUSED')).to.equal(true);
    expect(error.metadata).to.deep.equal({ table: 'runs', runId: run2.runId });
    expect((await rejectionOf(store.list({ limit: 0 }))) as FlowError).to.include({ code: 'INVALID_OPTION' });
  });

  for (const what of ['prune', 'forget'] as const) {
    it(`H13 H15 take batches between the turns of ${what}`, async () => {
      const store = open(newFile(), {});
      const { runner, epoch } = await writeRuns(store, 20_000);
      const done: string[] = [];
      const long =
        what === 'prune'
          ? store.prune({ keep: { maxRuns: 1 }, nowMs: 0, limit: 20_000 })
          : store.forget({ tenant: 'default' });
      const written = store.write({ runner, epoch, number: 2, runs: [aRun(runner, 30_000, { status: 'running' })] });
      await Promise.all([long.then(() => done.push(what)), written.then(() => done.push('write'))]);
      expect(done).to.deep.equal(['write', what]);
    });
  }

  it('H13 read while another thread writes', async () => {
    const file = newFile();
    const store = open(file, {});
    const { runner, epoch } = await writeRuns(store, 1);
    const attempts = Array.from({ length: 20_000 }, (_, index) => {
      const row = { runId: aRun(runner, 1).runId, seq: index + 1, node: 'Price', attempt: 0, parentSeq: undefined };
      const times = { messageId: 'm', sentMs: 0, startedMs: 0, endedMs: 1, outcome: 'succeeded' as const };
      return { ...row, ...times, queuedIn: 0, errorCode: undefined, error: undefined };
    });
    const written = store.write({ runner, epoch, number: 2, attempts });
    // It has come before the batch is done, and does not wait for it.
    expect((await store.stats()).attempts).to.equal(0);
    await written;
    const detail = await store.run({ runId: aRun(runner, 1).runId });
    expect([detail?.attempts.length, detail?.attempts.at(-1)?.seq, detail?.cut]).to.deep.equal([10_000, 10_000, true]);
  });
});

/** So that the driver is found by what is no file of this project. */
const LIBSQL = { ...process.env, NODE_PATH: join(process.cwd(), 'node_modules') };
