import { spawn, type ChildProcess } from 'node:child_process';
import { readFile, watch } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

import { FlowHistory, sqliteStore } from '#src/store/index.js';
import type { AuditReport } from '../../samples/license-audit/report/audit-report.js';
import { DIRECTORY, Link, ProjectFixture, type FixtureEntry } from './license-audit/project-fixture.js';

const HOME = fileURLToPath(new URL('../../..', import.meta.url));
const MAIN = fileURLToPath(new URL('../../samples/license-audit/main.js', import.meta.url));

interface Run {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(args: readonly string[], meanwhile?: (child: ChildProcess) => Promise<void>): Promise<Run> {
  const child = spawn(process.execPath, ['--enable-source-maps', MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  await meanwhile?.(child);
  const exitCode = await exit;
  expect(stdout + stderr, 'no stack trace').to.not.match(/^\s+at .+:\d+/m);
  return { exitCode, stdout, stderr };
}

/** The program on a fixture, with the log in the fixture. */
async function audit(entries: Readonly<Record<string, FixtureEntry>>, ...args: readonly string[]): Promise<Run> {
  await using project = await ProjectFixture.make(entries);
  return await run([project.directory, '--log', project.path('audit.log'), ...args]);
}

async function reportOf(
  entries: Readonly<Record<string, FixtureEntry>>,
  ...args: readonly string[]
): Promise<AuditReport> {
  const { stdout, stderr } = await audit(entries, '--json', ...args);
  expect(stdout, stderr).to.not.equal('');
  return JSON.parse(stdout) as AuditReport;
}

const MIT = { name: 'mit', version: '1.0.0', license: 'MIT' };
const GPL = { name: 'gpl', version: '2.0.0', license: 'GPL-3.0-or-later' };

describe('samples/license-audit', function () {
  this.timeout(30_000);

  it('H1 keeps what was done, where it is asked to, one run per package', async () => {
    await using project = await ProjectFixture.make({
      'node_modules/mit/package.json': MIT,
      'node_modules/gpl/package.json': GPL,
    });
    const file = project.path('history.db');
    await run([project.directory, '--log', project.path('audit.log'), '--history', file]);
    const history = new FlowHistory(sqliteStore({ file }));
    const { runs } = await history.list();
    const ofPackages = runs.filter(({ traceId }) => traceId.startsWith('node_modules/'));
    expect(ofPackages.map(({ traceId, status }) => [traceId, status])).to.have.deep.members([
      ['node_modules/mit', 'succeeded'],
      ['node_modules/gpl', 'succeeded'],
    ]);
    expect(runs).to.have.length(3);
    await history.close();
  });

  describe('exit code', () => {
    it('is 0 when the policy holds', async () => {
      const { exitCode, stdout } = await audit({ 'node_modules/mit/package.json': MIT });
      expect(exitCode).to.equal(0);
      expect(stdout).to.contain('The policy holds: 1 package, 1 allowed');
    });

    it('is 1 when a package is denied, is to be reviewed, or cannot be read', async () => {
      expect((await audit({ 'node_modules/gpl/package.json': GPL })).exitCode).to.equal(1);
      expect((await audit({ 'node_modules/x/package.json': { name: 'x' } })).exitCode).to.equal(1);
      expect((await audit({ 'node_modules/x/package.json': '{' })).exitCode).to.equal(1);
    });

    it('is 2 on bad usage, with a message and nothing on stdout', async () => {
      await using project = await ProjectFixture.make({
        'package.json': MIT,
        'policy.json': '{ "allow": ["Apache 2"] }',
      });
      const cases: ReadonlyArray<readonly [RegExp, ...string[]]> = [
        [/There is no directory .*missing/, project.path('missing')],
        [/There is no node_modules in/, project.directory],
        [/Unknown option '--polcy'/, '--polcy', 'x'],
        [/Expected one directory, got a b/, 'a', 'b'],
        [/none\.json does not exist/, HOME, '--policy', project.path('none.json')],
        [/did you mean "Apache-2.0"\?/, HOME, '--policy', project.path('policy.json')],
        [/log/, HOME, '--log', project.path('policy.json', 'below-a-file.log')],
      ];
      for (const [message, ...args] of cases) {
        const { exitCode, stdout, stderr } = await run(args);
        expect(stderr).to.match(message);
        expect({ exitCode, stdout }, args.join(' ')).to.deep.equal({ exitCode: 2, stdout: '' });
      }
    });

    it('is 0 for --help', async () => {
      const { exitCode, stdout } = await run(['--help']);
      expect(exitCode).to.equal(0);
      expect(stdout).to.contain('Usage: npm run start:license-audit -- [directory] [options]');
    });
  });

  it('gives each package that cannot be read a row, and goes on', async () => {
    const report = await reportOf({
      'node_modules/a-broken/package.json': '{ "name": ',
      'node_modules/b-list/package.json': '[]',
      'node_modules/c-directory/package.json': DIRECTORY,
      'node_modules/d-link/package.json': new Link('nowhere'),
      'node_modules/e-empty': DIRECTORY,
      'node_modules/f-gone': new Link('../nowhere'),
      'node_modules/g-loop': new Link('g-loop'),
      'node_modules/h-device/package.json': new Link('/dev/zero'),
      'node_modules/mit/package.json': MIT,
    });
    const rows = report.findings.map(({ location, verdict, reason }) => [location, verdict, reason]);
    expect(rows.slice(0, 1).flat().join()).to.match(/a-broken,unreadable,package.json is not JSON: /);
    expect(rows.slice(1)).to.deep.equal([
      ['node_modules/b-list', 'unreadable', 'package.json holds no object'],
      ['node_modules/c-directory', 'unreadable', 'package.json is a directory'],
      ['node_modules/d-link', 'unreadable', 'package.json does not exist'],
      ['node_modules/e-empty', 'unreadable', 'package.json does not exist'],
      ['node_modules/f-gone', 'unreadable', 'a link that leads nowhere'],
      ['node_modules/g-loop', 'unreadable', 'node_modules/g-loop is a link that leads back to itself'],
      ['node_modules/h-device', 'unreadable', 'package.json is not a regular file'],
      ['node_modules/mit', 'allowed', 'MIT (permissive) is allowed'],
    ]);
    expect(report.totals).to.deep.equal({ packages: 9, allowed: 1, review: 0, denied: 0, unreadable: 8 });
  });

  it('says that nothing is installed when node_modules is empty', async () => {
    const { exitCode, stdout } = await audit({ node_modules: DIRECTORY });
    expect(exitCode).to.equal(0);
    expect(stdout).to.contain('node_modules is empty: nothing is installed');
    expect((await reportOf({ node_modules: DIRECTORY })).findings).to.deep.equal([]);
  });

  it('looks into the licence file when the manifest says nothing, points there, or makes no sense', async () => {
    const text = await readFile(new URL('node_modules/chai/LICENSE', `file://${HOME}`), 'utf8');
    const report = await reportOf({
      'node_modules/a/package.json': { name: 'a' },
      'node_modules/a/LICENCE.md': text,
      'node_modules/b/package.json': { name: 'b', license: 'SEE LICENSE IN docs/terms.txt' },
      'node_modules/b/docs/terms.txt': text,
      'node_modules/c/package.json': { name: 'c', license: 'as is' },
      'node_modules/c/COPYING': 'Do what you like on Mondays.',
      'node_modules/d/package.json': { name: 'd', license: 'SEE LICENSE IN ../../../../etc/passwd' },
      'node_modules/e/package.json': { name: 'e' },
      'node_modules/e/LICENSE': new Link('nowhere'),
      'node_modules/f/package.json': { name: 'f' },
    });
    expect(report.findings.map(({ name, licence, verdict }) => [name, licence, verdict])).to.deep.equal([
      ['a', 'MIT', 'allowed'],
      ['b', 'MIT', 'allowed'],
      ['c', null, 'review'],
      ['d', null, 'review'],
      ['e', null, 'review'],
      ['f', null, 'review'],
    ]);
    expect(report.findings[0]?.evidence).to.match(/^LICENCE\.md \(\d+ % alike\)$/);
    expect(report.findings.slice(2).map(({ reason }) => reason)).to.deep.equal([
      'the manifest says "as is", which is no SPDX licence, and COPYING is not the text of a known licence',
      'the manifest says "SEE LICENSE IN ../../../../etc/passwd", and it has no licence file',
      'the manifest names no licence, and its licence file does not exist',
      'the manifest names no licence, and it has no licence file',
    ]);
  });

  it('follows the policy file, with its exceptions', async () => {
    await using files = await ProjectFixture.make({
      'policy.json': {
        allow: ['MIT'],
        deny: ['strong-copyleft'],
        packages: [{ package: 'gpl@2.0.0', verdict: 'allow', reason: 'only runs in the build' }],
      },
    });
    const report = await reportOf(
      { 'node_modules/gpl/package.json': GPL, 'node_modules/mit/package.json': MIT },
      '--policy',
      files.path('policy.json'),
    );
    expect(report.policyHolds).to.equal(true);
    expect(report.findings[0]).to.deep.include({ verdict: 'allowed', reason: 'exception: only runs in the build' });
  });

  it('prints a table with licences, packages and verdicts, what is open, the slowest nodes and the log file', async () => {
    const { stdout, stderr } = await audit({
      'package.json': { name: 'shop' },
      'node_modules/mit/package.json': MIT,
      'node_modules/gpl/package.json': GPL,
    });
    expect(stdout).to.match(/│ MIT +│ 1 {2}mit +│ ✔ allowed +│/);
    expect(stdout).to.match(/│ GPL-3\.0-or-later +│ 1 {2}gpl +│ ✖ denied +│/);
    expect(stdout).to.contain('✖ denied      gpl@2.0.0  GPL-3.0-or-later (strong-copyleft) is denied');
    expect(stdout).to.contain('what is distributed with it must be published under the same licence');
    expect(stdout).to.match(/Slowest nodes[^]*ReadManifest/);
    expect(stdout).to.match(/Log: .*audit\.log\n$/);
    expect(stdout + stderr, 'no colours in a pipe').to.not.contain('\u001B');
  });

  it('keeps what a manifest says from driving the terminal', async () => {
    const { stdout } = await audit({
      'node_modules/evil/package.json': {
        name: '\u001B[31mevil\u001B[0m\nfake row',
        version: '\u0007',
        license: 'GPL-3.0',
      },
    });
    expect(stdout).to.contain('evil fake row');
    expect(stdout).to.not.contain('\u001B');
    expect(stdout).to.not.contain('\u0007');
  });

  it('writes a structured log in which each package is a trace', async () => {
    await using project = await ProjectFixture.make({
      'package.json': { name: 'shop' },
      'node_modules/mit/package.json': MIT,
      'node_modules/gpl/package.json': GPL,
    });
    await run([project.directory, '--log', project.path('audit.log'), '--json']);
    const lines = (await readFile(project.path('audit.log'), 'utf8')).trimEnd().split('\n');
    const entries = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    for (const entry of entries) expect(entry['trace_id']).to.be.a('string');
    const nodesOf = (trace: string): readonly unknown[] => [
      ...new Set(
        entries
          .filter((entry) => entry['trace_id'] === trace && entry['node_name'] !== null)
          .map((entry) => entry['node_name']),
      ),
    ];
    expect(nodesOf('shop')).to.have.members(['DiscoverPackages', 'AuditPackage', 'CollectFindings']);
    expect(nodesOf('node_modules/mit')).to.have.members([
      'ReadManifest',
      'ClassifyLicence',
      'CheckPolicy',
      'RecordFinding',
    ]);
    expect(nodesOf('node_modules/gpl')).to.include('InspectCopyleft');
  });

  it('finds that this project keeps its own policy', async () => {
    await using files = await ProjectFixture.make({});
    const { exitCode, stdout } = await run(['--json', '--log', files.path('audit.log')]);
    const report = JSON.parse(stdout) as AuditReport;
    expect(report.findings.filter(({ verdict }) => verdict !== 'allowed')).to.deep.equal([]);
    expect(exitCode).to.equal(0);
    expect(report.project).to.equal('penguiflow');
    expect(report.totals.packages).to.be.greaterThan(50);
    expect(report.findings.map(({ name }) => name)).to.include.members(['mocha', 'typescript', '@types/node']);
  });

  it('stops cleanly when it is interrupted', async () => {
    const packages = Array.from({ length: 1500 }, (_, i) => [`node_modules/p${i}/package.json`, MIT] as const);
    await using project = await ProjectFixture.make(Object.fromEntries(packages));
    const log = project.path('audit.log');
    const { exitCode, stderr } = await run([project.directory, '--log', log], async (child) => {
      // The first line of the log: the flow runs.
      for await (const { filename } of watch(project.directory)) if (filename === 'audit.log') break;
      child.kill('SIGINT');
    });
    expect(stderr).to.equal(`Interrupted. Log: ${log}\n`);
    expect(exitCode).to.equal(130);
  });
});
