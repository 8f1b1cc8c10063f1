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

import { describeWithTool } from '../../support/needs-tool.js';
import { PATHS_OF_URLS, REQUIRE_IN_MODULES } from '../support/bundling.js';
import { rejectionOf } from '../support/rejection-of.js';
import { aRun, INIT, writeRuns } from '../support/rows.js';
import { ADDRESS, POSTGRES } from './support/postgres-target.js';
import { usePostgres } from './support/use-postgres.js';

const run = promisify(execFile);
const STORE = import.meta.resolve('#src/store/index.js');
const WORKER = new URL(import.meta.resolve('#src/store/postgres-worker.js'));

describeWithTool(POSTGRES, 'the thread of postgresStore', function () {
  this.timeout(20_000);
  const { newSchema, open } = usePostgres();
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'penguiflow-worker-'));
  });

  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('H14 STORE_WORKER_MISSING says what a bundler has to be told', async () => {
    const worker = pathToFileURL(join(folder, 'none.js'));
    const error = (await rejectionOf(open(newSchema(), { worker }).open(INIT))) as FlowError;
    expect(FlowError.is(error, 'STORE_WORKER_MISSING')).to.equal(true);
    expect(error.message).to.contain('none.js').and.to.contain('postgresStore');
    expect(error.hint).to.match(/penguiflow\/store\/postgres-worker.*worker: new URL.*worker: "inline"/);
  });

  it('H14 works in a bundle by that recipe, and says what is missing without it', async function () {
    this.timeout(60_000);
    const schema = newSchema();
    const main = join(folder, 'main.mjs');
    const write = async (worker: string): Promise<string> => {
      const options = `url: ${JSON.stringify(ADDRESS.href)}, schema: ${JSON.stringify(schema)}${worker}`;
      const program = `
        import { postgresStore } from ${JSON.stringify(STORE)};
        const store = postgresStore({ ${options} });
        store.stats().then(({ runs }) => console.log(runs), ({ code }) => console.log(code));`;
      await writeFile(main, program);
      await build({
        entryPoints: { main, 'threads/store': WORKER.pathname },
        ...{ outdir: join(folder, 'out'), outExtension: { '.js': '.mjs' }, bundle: true, format: 'esm' },
        ...{ platform: 'node', external: ['winston', 'class-*'], logLevel: 'silent', plugins: [PATHS_OF_URLS] },
        banner: { js: REQUIRE_IN_MODULES },
      });
      const env = { ...process.env, NODE_PATH: join(process.cwd(), 'node_modules') };
      return (await run(process.execPath, [join(folder, 'out/main.mjs')], { env })).stdout.trim();
    };
    await writeRuns(open(schema), 3);
    expect(await write('')).to.equal('STORE_WORKER_MISSING');
    expect(await write(", worker: new URL('./threads/store.mjs', import.meta.url)")).to.equal('3');
    expect(await write(", worker: 'inline'")).to.equal('3');
  });

  it('H14 keeps a process alive while somebody waits, and no longer', async () => {
    const program = `
      const { postgresStore } = await import(${JSON.stringify(STORE)});
      const store = postgresStore({ url: ${JSON.stringify(ADDRESS.href)}, schema: ${JSON.stringify(newSchema())} });
      console.log((await store.stats()).runs);
      store.list().then(({ runs }) => console.log(runs.length));`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], { timeout: 15_000 });
    expect(stdout).to.equal('0\n0\n');
  });

  it('H14 STORE_UNAVAILABLE when the thread ends; the next call starts another one, and close ends its runner', async () => {
    const threads: Worker[] = [];
    const noteThread = (thread: Worker): number => threads.push(thread);
    process.on('worker', noteThread);
    try {
      const schema = newSchema();
      const store = open(schema, { worker: 'threads' });
      const { runner, epoch } = await writeRuns(store, 2);
      expect(threads).to.have.length(1);
      const batches = [2, 3, 4].map(async (number) =>
        rejectionOf(store.write({ runner, epoch, number, runs: [aRun(runner, number + 1)] })),
      );
      await new Promise(setImmediate);
      await threads[0]!.terminate();
      for (const error of await Promise.all(batches)) {
        if (error !== undefined) expect((error as FlowError).code).to.equal('STORE_UNAVAILABLE');
      }
      const running = aRun(runner, 9, { status: 'running', endedMs: undefined });
      expect(await store.write({ runner, epoch, number: 5, runs: [running] })).to.equal('stored');
      expect(threads).to.have.length(2);
      await threads[1]!.terminate();
      await store.close(99);
      expect(threads).to.have.length(3);
      expect((await open(schema).run({ runId: running.runId }))?.run.status).to.equal('interrupted');
    } finally {
      process.off('worker', noteThread);
    }
  });

  it('H14 tells an error as it is without one', async () => {
    const schema = newSchema();
    const store = open(schema, { worker: 'threads' });
    const { runner, epoch } = await writeRuns(store, 1);
    const foreign = aRun(runner + 1, 1);
    const error = (await rejectionOf(store.write({ runner, epoch, number: 2, runs: [foreign] }))) as FlowError;
    expect(FlowError.is(error, 'STORE_ROW_REFUSED')).to.equal(true);
    expect(error.metadata).to.deep.equal({ table: 'runs', runId: foreign.runId });
    expect((await rejectionOf(store.list({ limit: 0 }))) as FlowError).to.include({ code: 'INVALID_OPTION' });
    const away = open(newSchema(), { worker: 'threads', migrate: 'check' });
    const missing = (await rejectionOf(away.stats())) as FlowError;
    expect(missing.code).to.equal('STORE_SCHEMA_UNSUPPORTED');
    expect(missing.hint).to.contain("migrate: 'auto'");
  });

  it('H14 close() without a word before needs no database', async () => {
    await open('penguiflow', { worker: 'threads', config: { host: '127.0.0.1', port: 1 } }).close(1);
  });
});
