// Compiles a project of a user's with the oldest TypeScript that works and with the newest, against the declarations that are packed:
// all of them, with every check and without `skipLibCheck`, and the type tests, so that what must not compile doesn't. What the
// compiler makes of the programs runs. Each compiles the type tests once more without `strict`, every program of the documentation, with the
// `tsconfig.json` of the guide (those run in the tests), and graphs that must not cost more than a chain. Both compilers are installed beside
// the project: it has its own.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { blockOf, documentedPages, examplesOf } from '../dist/test/docs/doc-examples.js';
import { chain, CHAINS, GRAPHS, measure } from '../dist/test/performance/support/type-budget.js';

/** Older ones lack `NoInfer` and infer nothing through the check of providers. README.md says the same. */
const OLDEST = '5.4';

/** What needs a newer one, for the language and not for our declarations. */
const NEEDS_NEWER = new Set(['inferred-guard.types.ts']);

/** What only `strict` finds. */
const NEEDS_STRICT = 'src/types/strict.types.ts';

const PROGRAMS = ['samples/quickstart', 'test/packaging/program'];
const ENTRIES = [
  'penguiflow',
  'penguiflow/nestjs',
  'penguiflow/testing',
  'penguiflow/metrics',
  'penguiflow/otel',
  'penguiflow/store',
  'penguiflow/store/conformance',
  'penguiflow/distributed/conformance',
  'penguiflow/distributed',
];

const COMPILER_OPTIONS = {
  target: 'ES2022',
  lib: ['ES2023', 'ESNext.Disposable'],
  module: 'NodeNext',
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  types: ['node'],
  rootDir: 'src',
};

const root = join(import.meta.dirname, '..');

async function run(command, args, cwd) {
  const options = { cwd, timeout: 180_000, shell: command === 'npm' && process.platform === 'win32' };
  try {
    const { stdout } = await promisify(execFile)(command, args, options);
    return stdout;
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')} failed\n${error.stdout}\n${error.stderr}`, { cause: error });
  }
}

/** A project that has penguiflow, whatever the package is tested with, and the programs and type tests as its sources. */
async function makeProject(folder) {
  const modules = join(folder, 'node_modules');
  await mkdir(modules, { recursive: true });
  const link = (target, name) => symlink(target, join(modules, name), 'junction');
  await link(root, 'penguiflow');
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (!name.startsWith('.') && name !== 'penguiflow') await link(join(root, 'node_modules', name), name);
  }
  // The type tests name inner files: here that means the declarations that those of the package are bundled from.
  await symlink(join(root, 'dist/src'), join(folder, 'declarations'), 'junction');
  const imports = { '#src/*.js': { types: './declarations/*.d.ts' } };
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true, imports }));
  const src = join(folder, 'src');
  for (const path of PROGRAMS) await cp(join(root, path), join(src, path), { recursive: true });
  await cp(join(root, 'test/types'), join(src, 'types'), {
    recursive: true,
    filter: (path) => !NEEDS_NEWER.has(path.split(/[\\/]/).at(-1)),
  });
  const all = ENTRIES.map((entry, at) => `export * as entry${at} from '${entry}';\n`);
  await writeFile(join(src, 'all.ts'), all.join(''));
  await makeDocumentation(join(folder, 'docs'));
}

/** The programs of the documentation, in a project as the guide makes it. */
async function makeDocumentation(folder) {
  await mkdir(join(folder, 'src'), { recursive: true });
  await writeFile(join(folder, 'tsconfig.json'), blockOf('docs/guide/getting-started.md', 'json tsconfig'));
  const examples = documentedPages().flatMap((path) => examplesOf(path));
  for (const { name, code } of examples) await writeFile(join(folder, 'src', `${name}.ts`), code);
}

async function checkWith(version, folder) {
  const home = join(folder, version);
  await run(
    'npm',
    ['install', '--prefix', home, '--no-audit', '--no-fund', '--silent', `typescript@${version}`],
    folder,
  );
  const tsc = join(home, 'node_modules/typescript/bin/tsc');
  const name = (await run(process.execPath, [tsc, '--version'], folder)).trim().replace(/^Version/, 'TypeScript');
  const outDir = `out-${version}`;
  const config = join(folder, `tsconfig.${version}.json`);
  await writeFile(config, JSON.stringify({ compilerOptions: { ...COMPILER_OPTIONS, outDir }, include: ['src'] }));
  const started = performance.now();
  await run(process.execPath, [tsc, '-p', config], folder);
  const tookS = ((performance.now() - started) / 1000).toFixed(1);
  const loose = join(folder, `tsconfig.loose.${version}.json`);
  const looseOptions = { ...COMPILER_OPTIONS, strict: false, exactOptionalPropertyTypes: false, noEmit: true };
  await writeFile(
    loose,
    JSON.stringify({ compilerOptions: looseOptions, include: ['src/types'], exclude: [NEEDS_STRICT] }),
  );
  await run(process.execPath, [tsc, '-p', loose], folder);
  await run(process.execPath, [tsc, '-p', 'docs', '--noEmit'], folder);
  await checkBudget(tsc, folder, name);
  for (const path of PROGRAMS) await run(process.execPath, [join(outDir, path, 'main.js')], folder);
  console.log(
    `${name} compiles the declarations, the type tests and ${PROGRAMS.length} programs in ${tookS} s, and they run; it compiles the programs of the documentation`,
  );
}

/** Counts what the compiler makes of graphs of all shapes, and holds it against a chain of the same size. */
async function checkBudget(tsc, folder, name) {
  const count = async (code) => {
    const { instantiations, errors } = await measure(tsc, join(folder, 'budget'), code);
    if (errors.length > 0) throw new Error(`${name} does not compile a graph: ${errors[0]}`);
    return instantiations;
  };
  const ofChain = new Map();
  for (const edges of CHAINS) ofChain.set(edges, await count(chain(edges)));
  for (const { title, edges, code, factor } of GRAPHS) {
    const [cost, limit] = [await count(code), Math.round(ofChain.get(edges) * factor)];
    if (cost > limit) throw new Error(`${name}: ${title} costs ${cost} instantiations, and may cost ${limit}`);
  }
  console.log(`${name}: no graph costs more than a chain of its size`);
}

const readme = await readFile(join(root, 'README.md'), 'utf8');
if (!readme.includes(`TypeScript ${OLDEST}`)) {
  console.error(
    `README.md does not say that TypeScript ${OLDEST} is the oldest that works, which is what is checked here`,
  );
  process.exitCode = 1;
}
const temp = await mkdtemp(join(tmpdir(), 'penguiflow-typescript-'));
try {
  await makeProject(temp);
  for (const version of [OLDEST, 'latest']) await checkWith(version, temp);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  await rm(temp, { recursive: true, force: true });
}
