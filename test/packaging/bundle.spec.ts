import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { build, type Format } from 'esbuild';

interface Entry {
  readonly types: string;
  readonly default: string;
}

const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, string | Entry> };
const entries = Object.entries(exports).filter((entry): entry is [string, Entry] => typeof entry[1] === 'object');

async function load(file: string): Promise<Record<string, unknown>> {
  return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
}

/** What an export is known by: the name of a class or function, else its kind. */
function known(value: unknown): string {
  return typeof value === 'function' ? `${value.name}(${value.length})` : typeof value;
}

const [SQLITE, POSTGRES] = ['sqlite', 'postgres'].map((name) => join('store', `${name}-worker.js`)) as [string, string];
const CARRIER = join('distributed', 'sqlite-worker.js');

describe('the bundles of the package', () => {
  it('H15 hold the file that threads of sqliteStore run, which finds it there, and so does a bundler', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'penguiflow-store-'));
    const { sqliteStore } = (await load('lib/store/index.js')) as unknown as typeof import('#src/store/index.js');
    const beside = import.meta.resolve('penguiflow/store/sqlite-worker');
    expect(beside).to.equal(pathToFileURL(join('lib', SQLITE)).href);
    try {
      for (const worker of [{}, { worker: new URL(beside) }]) {
        const store = sqliteStore({ file: join(folder, 'history.db'), ...worker });
        expect((await store.stats()).runs).to.equal(0);
        await store.close(1);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('D9 hold the file that the thread of sqliteCarrier runs, which finds it there', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'penguiflow-carrier-'));
    const { sqliteCarrier } = (await load(
      'lib/distributed/index.js',
    )) as unknown as typeof import('#src/distributed/index.js');
    const { SystemClock } = (await load('lib/index.js')) as unknown as typeof import('#src/index.js');
    const beside = import.meta.resolve('penguiflow/distributed/sqlite-worker');
    expect(beside).to.equal(pathToFileURL(join('lib', CARRIER)).href);
    try {
      for (const worker of [{}, { worker: new URL(beside) }]) {
        const carrier = sqliteCarrier({ file: join(folder, 'queues.db'), ...worker });
        const session = await carrier.open({ flow: 'Orders', clock: new SystemClock() });
        expect(await session.queues()).to.deep.equal([]);
        await session.close(1_000);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('H14 hold the file that the thread of postgresStore runs, which finds it there', async () => {
    const { postgresStore } = (await load('lib/store/index.js')) as unknown as typeof import('#src/store/index.js');
    const beside = import.meta.resolve('penguiflow/store/postgres-worker');
    expect(beside).to.equal(pathToFileURL(join('lib', POSTGRES)).href);
    for (const worker of [{}, { worker: new URL(beside) }]) {
      // It starts, finds the driver and looks for a server, where there is none.
      const store = postgresStore({ url: 'postgres://fish@127.0.0.1:1/test', ...worker });
      const message = await store.stats().then(
        () => '',
        (error: unknown) => (error as Error).message,
      );
      expect(message).to.contain('ECONNREFUSED');
      await store.close(1);
    }
  });

  for (const [name, entry] of entries) {
    it(`"${name}" exports what its modules export, under the same names`, async () => {
      const modules = await load(entry.default.replace('./lib/', './dist/src/'));
      const bundle = await load(entry.default);
      const listed = (all: Record<string, unknown>): object =>
        Object.fromEntries(Object.entries(all).map(([key, value]) => [key, known(value)]));
      expect(listed(bundle)).to.deep.equal(listed(modules));
      expect(Object.keys(bundle)).to.not.be.empty;
    });
  }

  for (const [name, entry] of entries) {
    it(`"${name}" has maps of its code and its types that lead to the lines of src that declare its classes, or functions`, async () => {
      const exported = Object.values(await load(entry.default)).filter(
        (value): value is { readonly name: string } => typeof value === 'function',
      );
      const classes = exported.filter((value) => /^class\b/.test(Function.prototype.toString.call(value)));
      const named = classes.length > 0 ? classes : exported;
      expect(named).to.not.be.empty;
      for (const value of named) {
        const declared = new RegExp(`^export (?:abstract |async )?(?:class|function) ${value.name}\\b`);
        expect(sourceLine(entry.default, value)).to.match(declared);
        expect(sourceLine(entry.types, value)).to.match(declared);
      }
    });
  }

  it('hold one copy of each class, in code and in types', () => {
    // What a thread runs meets no class of another thread, and the command line none of a program's.
    const files = readdirSync('lib', { recursive: true, encoding: 'utf8' }).filter(
      (file) => ![SQLITE, POSTGRES, CARRIER].includes(file) && !file.startsWith(`cli${sep}`),
    );
    for (const extension of ['.js', '.d.ts']) {
      const texts = files
        .filter((file) => file.endsWith(extension))
        .map((file) => readFileSync(join('lib', file), 'utf8'));
      const classes = texts.flatMap(
        (text) => text.match(/(?<=^(?:declare )?(?:abstract )?class )\w+|(?<=^let )\w+(?= = class)/gm) ?? [],
      );
      expect(classes).to.include.members(['Message', 'FlowLogger', 'ManualClock', 'PenguiFlowModule']);
      expect(classes.filter((name, index) => classes.indexOf(name) !== index)).to.deep.equal([]);
    }
  });

  it('share their classes: an error is the same class whichever entry throws it', async () => {
    const { FlowError } = await load('lib/index.js');
    const { runOne } = await load('lib/testing/index.js');
    const thrown = await (runOne as (node: unknown, payload: unknown) => Promise<unknown>)(undefined, 1).catch(
      (error: unknown) => error,
    );
    expect(thrown).to.be.instanceOf(FlowError as new () => unknown);
  });

  it('leave winston alone until a logger is made, and OpenSSL until the first run', () => {
    const loaded = run(`
      import { createRequire } from 'node:module';
      import { createFlow, Flow, getLogger, Node, start } from './lib/index.js';
      const Step = class { process(n) { return n; } };
      Node()(Step);
      const Steps = class { graph = start(Step); };
      Flow()(Steps);
      const { cache } = createRequire(import.meta.url);
      const hasWinston = () => Object.keys(cache).some((file) => /node_modules.winston./.test(file));
      const hasOpenSsl = () => process.moduleLoadList.includes('NativeModule crypto');
      const seen = [];
      const look = (when) => seen.push([when, hasWinston(), hasOpenSsl()]);
      look('imported');
      const flow = createFlow(Steps);
      await flow.run();
      look('started');
      const got = await flow.call(1);
      look('ran');
      await flow.stop();
      getLogger();
      look('logger made');
      console.log(JSON.stringify([got, seen]));
    `);
    expect(loaded).to.deep.equal([
      1,
      [
        ['imported', false, false],
        ['started', false, false],
        ['ran', false, true],
        ['logger made', true, true],
      ],
    ]);
  });

  for (const format of ['esm', 'cjs'] as const) {
    it(`go into one file with a service, as ${format}, and share its winston and tsyringe`, async () => {
      expect(await bundledAndRun(format)).to.deep.equal([true, true]);
    });
  }
});

/** The line of `src` that the map of a bundle gives for where a class is declared in it. */
function sourceLine(bundle: string, { name }: { readonly name: string }): string | undefined {
  const lines = readFileSync(bundle, 'utf8').split('\n');
  const line = lines.findIndex((text) =>
    new RegExp(
      `^(?:declare |abstract |let )*(?:class )?${name}\\b[^:;]*(?:\\{|= class)|^(?:declare |async )?function ${name}\\b`,
    ).test(text),
  );
  const map = new SourceMap(JSON.parse(readFileSync(`${bundle}.map`, 'utf8')) as SourceMapPayload);
  const found = map.findEntry(line, lines[line]?.indexOf(name) ?? 0);
  if (!('originalSource' in found)) return undefined;
  return readFileSync(join(dirname(bundle), found.originalSource), 'utf8').split('\n')[found.originalLine];
}

/** A service that uses the packages itself. */
const SERVICE = `
  import 'reflect-metadata';
  import { container } from 'tsyringe';
  import winston from 'winston';
  import { EVENT_LOGGER, FlowLogger, getLogger } from './lib/index.js';
  const own = container.createChildContainer();
  own.register(EVENT_LOGGER, { useValue: winston.createLogger({ silent: true }) });
  console.log(JSON.stringify([getLogger() instanceof winston.Logger, own.resolve(FlowLogger) instanceof FlowLogger]));
`;

/** Bundles it with everything and runs it where nothing is installed. */
async function bundledAndRun(format: Format): Promise<unknown> {
  const folder = mkdtempSync(join(tmpdir(), 'penguiflow-bundle-'));
  try {
    const { outputFiles } = await build({
      stdin: { contents: SERVICE, resolveDir: process.cwd() },
      bundle: true,
      write: false,
      platform: 'node',
      format,
      logLevel: 'error',
      // What every bundle of CommonJS packages as a module needs, with or without us.
      banner:
        format === 'esm'
          ? { js: "import { createRequire as r } from 'module'; const require = r(import.meta.url);" }
          : {},
    });
    const file = join(folder, format === 'esm' ? 'service.mjs' : 'service.cjs');
    writeFileSync(file, outputFiles[0]!.contents);
    return output(spawnSync(process.execPath, [file], { encoding: 'utf8', cwd: folder, timeout: 20_000 }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(program: string): unknown {
  const args = ['--no-warnings', '--input-type=module', '--eval', program];
  return output(spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 20_000 }));
}

function output({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }): unknown {
  expect(stderr).to.equal('');
  return JSON.parse(stdout) as unknown;
}
