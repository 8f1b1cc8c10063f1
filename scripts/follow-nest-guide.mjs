// Follows docs/guide/nestjs.md to the letter: makes a project with `nest new` of NestJS 12 and of 11, installs the packed package, writes the
// files of the guide, and lints, tests, builds and starts what comes of it. `-- --version 12` takes one of the two.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { expect, run } from './smoke/run.mjs';

const root = join(import.meta.dirname, '..');
const guide = await readFile(join(root, 'docs/guide/nestjs.md'), 'utf8');

/** How `nest new` is called where nobody answers its questions. */
const NEW = {
  12: ['--skip-git', '--package-manager', 'npm', '--no-observe'],
  11: ['--skip-git', '--package-manager', 'npm'],
};

/** The text of the first block of a language that has a text in it. */
function block(language, text) {
  const blocks = [...guide.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
  const found = blocks.find(([, tag, body]) => tag === language && body.includes(text));
  expect(found !== undefined, `the guide has no block of ${language} with ${text}`);
  return found[2];
}

/** The files of the guide whose path begins like this. */
function filesIn(prefix) {
  return [...guide.matchAll(/^```[jt]s\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)]
    .map(([, path, text]) => ({ path, text }))
    .filter(({ path }) => path.startsWith(prefix));
}

async function write(project, files) {
  for (const { path, text } of files) {
    await mkdir(dirname(join(project, path)), { recursive: true });
    await writeFile(join(project, path), text);
  }
}

const shell = (project, script) => run('bash', ['-ec', script], project);

/** The test of the guide, where Jest and Vitest find it. */
function testOfGuide() {
  const body = block('ts', '.overrideProvider(AppService)');
  return {
    path: 'src/greetings/greetings.spec.ts',
    text: `import { Test } from '@nestjs/testing';
import { getFlowToken, type FlowHandle } from 'penguiflow/nestjs';
import { AppModule } from '../app.module.js';
import { AppService } from '../app.service.js';
import { Greetings } from './greetings.js';

describe('Greetings', () => {
  it('greets', async () => {
${body.replace(/^(?=.)/gm, '    ')}  });
});
`,
  };
}

async function checkTests(project) {
  const hasJest = await access(join(project, 'test/jest-e2e.json')).then(
    () => true,
    () => false,
  );
  if (hasJest) await write(project, [...filesIn('jest.config'), ...filesIn('test/')]);
  await shell(project, hasJest ? block('sh', 'npm pkg delete jest') : 'npm test && npm run test:e2e');
  await write(project, [testOfGuide()]);
  await shell(project, 'npm test');
}

async function checkLint(project) {
  const { stdout } = await shell(project, 'npm run lint');
  expect(!/[1-9]\d* (?:problem|warning|error)/.test(stdout), `the linter complains:\n${stdout}`);
  for (const { path, text } of filesIn('src/'))
    expect((await readFile(join(project, path), 'utf8')) === text, `the linter has changed ${path}`);
}

async function checkServer(project) {
  await shell(project, 'npm run build');
  const port = await freePort();
  const server = spawn(process.execPath, ['dist/main'], { cwd: project, env: { ...process.env, PORT: String(port) } });
  const ended = once(server, 'close');
  let output = '';
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => (output += text));
  try {
    const url = `http://127.0.0.1:${port}`;
    for (let wait = 0; !(await fetch(url).then(Boolean, () => false)); wait++) {
      expect(wait < 100 && server.exitCode === null, `the application does not listen:\n${output}`);
      await delay(100);
    }
    const masked = (text) => text.replace(/[\da-f]{32}/g, 'id');
    const shown = block('console', 'curl -s localhost:3000/greetings').split('\n');
    for (const [index, line] of shown.entries()) {
      const body = /-d '(.*)'$/.exec(line)?.[1];
      if (body === undefined) continue;
      const headers = { 'content-type': 'application/json' };
      const answer = await (await fetch(`${url}/greetings`, { method: 'POST', headers, body })).text();
      expect(masked(answer) === masked(shown[index + 1]), `the guide shows ${shown[index + 1]}\nand it is ${answer}`);
    }
  } finally {
    server.kill('SIGTERM');
    const late = setTimeout(() => server.kill('SIGKILL'), 20_000);
    const [, signal] = await ended;
    clearTimeout(late);
    expect(signal === 'SIGTERM', `the application did not end by itself: ${signal}\n${output}`);
  }
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

async function follow(version, temp, tarball) {
  const folder = join(temp, `nestjs-${version}`);
  await mkdir(folder);
  await run('npx', ['--yes', `@nestjs/cli@${version}`, 'new', 'demo', ...NEW[version]], folder);
  const project = join(folder, 'demo');
  const [, install] = block('sh', '@nestjs/cli new demo').split('\n');
  await shell(project, install.replace(' penguiflow ', ` ${tarball} `));
  await write(project, filesIn('src/'));
  await checkTests(project);
  await checkLint(project);
  await checkServer(project);
  console.log(`NestJS ${version}: the guide works to the letter`);
}

const { values } = parseArgs({ options: { version: { type: 'string' } } });
const temp = await mkdtemp(join(tmpdir(), 'penguiflow-nest-guide-'));
try {
  await run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', temp], root);
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const tarball = join(temp, `penguiflow-${version}.tgz`);
  for (const each of values.version === undefined ? ['12', '11'] : [values.version]) await follow(each, temp, tarball);
} finally {
  await rm(temp, { recursive: true, force: true });
}
