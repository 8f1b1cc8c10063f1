// Projects as a user has them: a folder with a package.json, into which npm installs the tarball.
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, run } from './run.mjs';

const root = join(import.meta.dirname, '../..');
const { devDependencies, peerDependencies, peerDependenciesMeta } = JSON.parse(
  await readFile(join(root, 'package.json'), 'utf8'),
);

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

// Warnings are shown: they are what is looked for.
const NPM_FLAGS = ['--prefer-offline', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=warn'];
/** About the settings of whoever runs this, not about the package. */
const NOT_OURS = /^npm warn (?:Unknown|config) /i;

export const OPTIONAL_PEERS = Object.keys(peerDependencies).filter((name) => peerDependenciesMeta[name]?.optional);
const REQUIRED_PEERS = Object.keys(peerDependencies).filter((name) => !OPTIONAL_PEERS.includes(name));
/** What the README installs beside the package: `createFlow` takes tsyringe, which NestJS does without. */
export const README_PEERS = [...REQUIRED_PEERS, 'tsyringe'];

/**
 * Makes a project and installs the tarball with these peers and nothing else.
 * @returns what npm complained about
 */
export async function makeProject(folder, type, tarball, peers) {
  const installed = [...peers, '@types/node'].map((name) => [name, devDependencies[name]]);
  const manifest = {
    name: basename(folder),
    private: true,
    type,
    dependencies: { penguiflow: `file:${tarball}`, ...Object.fromEntries(installed) },
  };
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ['src'] }),
  );
  const { stderr } = await run('npm', ['install', ...NPM_FLAGS], folder);
  await run('npm', ['ls', '--all', '--loglevel=error'], folder);
  return stderr.split('\n').filter((line) => line.trim() !== '' && !NOT_OURS.test(line));
}

/** Compiles programs of this repository in a project, and runs them to their end. */
export async function runPrograms(folder, paths) {
  for (const path of paths) {
    const target = join(folder, 'src', basename(path));
    await mkdir(target, { recursive: true });
    for (const file of (await readdir(join(root, path))).filter((name) => name.endsWith('.ts'))) {
      await cp(join(root, path, file), join(target, file));
    }
  }
  await compile(folder);
  for (const path of paths) {
    const { stdout } = await run(process.execPath, [join('out', basename(path), 'main.js')], folder);
    expect(stdout.trim() !== '', `${path} printed nothing in ${basename(folder)}`);
    console.log(`${basename(folder)}: ${path} ran: ${stdout.trim().split('\n').at(-1)}`);
  }
}

/** Compiles what stands in the `src` of a project. */
export async function compile(folder) {
  await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], folder);
}
