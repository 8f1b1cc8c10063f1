// Packs the package, installs the tarball and its peers into an empty ES-module project and an empty CommonJS project, and
// compiles and runs the programs below in each: what a user gets, not what lies in this folder.
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..');

// The programs: folders with a main.ts that runs to its end by itself, has no top-level await (it is compiled to CommonJS,
// too) and imports nothing but `penguiflow` and its peers. Those that don't exist yet are left out.
const PROGRAMS = ['test/packaging/program', 'samples/quickstart'];

const COMPILER_OPTIONS = {
  target: 'ES2022',
  lib: ['ES2023', 'ESNext.Disposable'],
  module: 'NodeNext',
  strict: true,
  // A user's own package has declarations, too: the type of a `graph` field must have a name that can be imported.
  declaration: true,
  experimentalDecorators: true,
  emitDecoratorMetadata: true,
  types: ['node'],
  rootDir: 'src',
  outDir: 'out',
};

const NPM_FLAGS = ['--prefer-offline', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];

/** Runs a command and returns what it printed; a failure carries its output. */
async function run(command, args, cwd) {
  try {
    const { stdout } = await promisify(execFile)(command, args, {
      cwd,
      timeout: 240_000,
      shell: command === 'npm' && process.platform === 'win32',
    });
    return stdout;
  } catch (error) {
    throw new Error(`${command} ${args.join(' ')} failed in ${basename(cwd)}\n${error.stdout}\n${error.stderr}`, {
      cause: error,
    });
  }
}

async function pack(folder) {
  const report = JSON.parse(
    await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root),
  );
  const [{ filename, files, size }] = Array.isArray(report) ? report : Object.values(report);
  const stray = files
    .map(({ path }) => path)
    .filter((path) => !/^(lib|dist\/src|src)\/|^(package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(path));
  if (stray.length > 0) throw new Error(`the tarball has files it should not have: ${stray.join(', ')}`);
  console.log(`packed ${files.length} files, ${Math.ceil(size / 1024)} kB`);
  return join(folder, filename);
}

async function makeProject(folder, type, tarball) {
  const { devDependencies, peerDependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const needed = [...Object.keys(peerDependencies), '@types/node'];
  const manifest = {
    name: `smoke-${type}`,
    private: true,
    type,
    dependencies: {
      penguiflow: `file:${tarball}`,
      ...Object.fromEntries(needed.map((name) => [name, devDependencies[name]])),
    },
  };
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ['src'] }),
  );
  await run('npm', ['install', ...NPM_FLAGS], folder);
}

async function programs() {
  const found = await Promise.all(
    PROGRAMS.map((path) =>
      stat(join(root, path, 'main.ts')).then(
        () => path,
        () => undefined,
      ),
    ),
  );
  return found.filter((path) => path !== undefined);
}

async function checkProject(temp, type, tarball) {
  const folder = join(temp, type);
  await makeProject(folder, type, tarball);
  for (const path of await programs()) {
    const name = basename(path);
    await mkdir(join(folder, 'src', name), { recursive: true });
    for (const file of (await readdir(join(root, path))).filter((file) => file.endsWith('.ts'))) {
      await cp(join(root, path, file), join(folder, 'src', name, file));
    }
  }
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], folder);
  for (const path of await programs()) {
    const output = await run(process.execPath, [join('out', basename(path), 'main.js')], folder);
    if (output.trim() === '') throw new Error(`${path} printed nothing as ${type}`);
    console.log(`${type}: ${path} ran: ${output.trim().split('\n').at(-1)}`);
  }
  const one = "import('penguiflow').then((m) => process.exit(m.FlowError === require('penguiflow').FlowError ? 0 : 1))";
  await run(process.execPath, ['--input-type=commonjs', '-r', 'reflect-metadata', '-e', one], folder);
  console.log(`${type}: import and require give the same classes`);
  for (const subpath of ['metrics', 'otel']) {
    const load = `process.exit(Object.keys(require('penguiflow/${subpath}')).length > 0 ? 0 : 1)`;
    await run(process.execPath, ['--input-type=commonjs', '-r', 'reflect-metadata', '-e', load], folder);
  }
}

const temp = await mkdtemp(join(tmpdir(), 'penguiflow-smoke-'));
try {
  const tarball = await pack(temp);
  // Both to their end, so that nothing writes to the folder any more when it is deleted.
  const results = await Promise.allSettled(['module', 'commonjs'].map((type) => checkProject(temp, type, tarball)));
  for (const { reason } of results.filter(({ status }) => status === 'rejected')) {
    console.error(reason.message);
    process.exitCode = 1;
  }
} finally {
  await rm(temp, { recursive: true, force: true });
}
