// Packs the package, installs the tarball into empty projects, and compiles and runs programs there: what a user gets, not
// what lies in this folder. Two projects, of ES modules and of CommonJS, have the peers of the README alone; one has all of them.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkSqliteCarrier } from './smoke/carrier.mjs';
import { checkMissingPeers, checkOneCopy, checkSubpaths, checkTwoCopies, checkUncaught } from './smoke/checks.mjs';
import { checkDefinitions } from './smoke/definitions.mjs';
import { deadLinks } from './smoke/links.mjs';
import { compile, makeProject, OPTIONAL_PEERS, README_PEERS, runPrograms } from './smoke/project.mjs';
import { expect, run } from './smoke/run.mjs';
import { checkScaffolds } from './smoke/scaffolds.mjs';

const root = join(import.meta.dirname, '..');

// The programs: folders with a main.ts that runs to its end by itself, has no top-level await (it is compiled to CommonJS,
// too) and imports nothing but `penguiflow` and these peers.
const PROGRAMS = ['test/packaging/program', 'samples/quickstart'];

async function pack(folder) {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
  const report = JSON.parse((await run('npm', args, root)).stdout);
  const [{ filename, files, size }] = Array.isArray(report) ? report : Object.values(report);
  const paths = files.map(({ path }) => path);
  const stray = paths.filter(
    (path) =>
      !/^(lib|src|docs|samples)\/|^bench\/(results\.md|summary\.svg|ratios\.svg)$|^(package\.json|LICENSE|[A-Z]+\.md)$/.test(
        path,
      ),
  );
  expect(stray.length === 0, `the tarball has files it should not have: ${stray.join(', ')}`);
  const dead = await deadLinks(root, paths);
  expect(dead.length === 0, `links of packed pages lead to nothing in the tarball:\n${dead.join('\n')}`);
  console.log(`packed ${files.length} files, ${Math.ceil(size / 1000)} kB`);
  return join(folder, filename);
}

async function checkRequiredPeers(project, type, tarball) {
  const complaints = await makeProject(project, type, tarball, README_PEERS);
  expect(
    complaints.length === 0,
    `npm complains about an install with the peers of the README:\n${complaints.join('\n')}`,
  );
  console.log(`${type}: npm installs the package and ${README_PEERS.join(', ')} without a warning`);
  await runPrograms(project, PROGRAMS);
  await checkOneCopy(project);
  await checkMissingPeers(project);
  await checkUncaught(project);
  await checkTwoCopies(project);
  await checkSqliteCarrier(project, false);
}

async function checkAllPeers(project, tarball) {
  // What other packages make npm say is not ours to mend: NestJS 12 brings some that ask for Node 22.
  await makeProject(project, 'module', tarball, [...new Set([...README_PEERS, ...OPTIONAL_PEERS])]);
  await checkSubpaths(project);
  await checkSqliteCarrier(project, true);
  await checkDefinitions(project);
  await compile(project);
}

const temp = await mkdtemp(join(tmpdir(), 'penguiflow-smoke-'));
try {
  const tarball = await pack(temp);
  // All to their end, so that nothing writes to the folder any more when it is deleted.
  const results = await Promise.allSettled([
    checkRequiredPeers(join(temp, 'module'), 'module', tarball),
    checkRequiredPeers(join(temp, 'commonjs'), 'commonjs', tarball),
    checkAllPeers(join(temp, 'all-peers'), tarball),
    checkScaffolds(join(temp, 'init'), tarball),
  ]);
  for (const { reason } of results.filter(({ status }) => status === 'rejected')) {
    console.error(reason.message);
    process.exitCode = 1;
  }
} finally {
  await rm(temp, { recursive: true, force: true });
}
