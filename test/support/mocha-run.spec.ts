import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';

const MOCHA = 'node_modules/mocha/bin/mocha.js';
const SUPPORT = 'dist/test/support';

interface Report {
  readonly code: number;
  /** The specs that had a test in the run, without `dist/test/` and their ending. */
  readonly files: readonly string[];
  readonly passes: readonly string[];
  readonly pending: readonly string[];
  readonly failures: readonly string[];
  /** What the failures and the run said beside the report. */
  readonly said: string;
}

/** Runs mocha in a process of its own and reads its report. */
function mocha(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Report> {
  return new Promise((resolve) => {
    const options = { env: { ...process.env, CI: '', ...env } };
    execFile(process.execPath, [MOCHA, '--reporter', 'json', ...args], options, (error, stdout, stderr) => {
      const report = JSON.parse(stdout) as Record<
        'tests' | 'passes' | 'pending' | 'failures',
        { fullTitle: string; file: string; err: object }[]
      >;
      const titles = (tests: readonly { readonly fullTitle: string }[]): string[] =>
        tests.map(({ fullTitle }) => fullTitle);
      resolve({
        code: error === null ? 0 : Number(error.code),
        files: [...new Set(report.tests.map(({ file }) => /test\/(.*)\.spec/.exec(file)?.[1] ?? file))],
        passes: titles(report.passes),
        pending: titles(report.pending),
        failures: titles(report.failures),
        said: stderr + JSON.stringify(report.failures.map(({ err }) => err)),
      });
    });
  });
}

/** Specs beside the project that may use `describeWithTool`. */
const SPECS = {
  absent: `
    const tool = commandTool('penguin-of-no-path', { install: 'apt-get install penguin' });
    describeWithTool(tool, 'the tool', () => { before(() => { throw new Error('run'); }); it('works', () => {}); });
    describeWithTool({ ...tool, platforms: ['none'] }, 'the foreign tool', () => it('works', () => {}));
    describeWithTool(commandTool('node', tool), 'the tool that is there', () => it('works', () => {}));`,
  skipped: `
    it.skip('by it.skip', () => {});
    it('without a body');
    describe.skip('suite', () => { it('around it', () => {}); });
    it('by this.skip', function () { this.skip(); });
    it('other', () => {});`,
};

describe('a run of mocha', function () {
  this.timeout(60_000);
  let folder: string;
  let runs: Readonly<Record<'source' | 'compiled' | 'folder' | 'local' | 'ci' | 'skipped', Report>>;

  // At once: most of a run is the start of a process.
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'penguiflow-mocha-'));
    const guarded = ['--no-config', '--require', `./${SUPPORT}/pending-guard.js`];
    const [absent, skipped] = (['absent', 'skipped'] as const).map((name) => {
      const path = join(folder, `${name}.spec.mjs`);
      const helper = pathToFileURL(`${SUPPORT}/needs-tool.js`).href;
      writeFileSync(path, `import { commandTool, describeWithTool } from '${helper}';${SPECS[name]}`);
      return path;
    }) as [string, string];
    const all = await Promise.all([
      mocha(['./test/queue/depth-of.spec.ts', '--spec', 'test/policy/backoff.spec.ts', '--dry-run']),
      mocha(['--spec', 'dist/test/queue/depth-of.spec.js', '--dry-run']),
      mocha(['test/queue', '--dry-run']),
      mocha([...guarded, absent]),
      mocha([...guarded, absent], { CI: 'true' }),
      mocha([...guarded, skipped]),
    ]);
    runs = { source: all[0], compiled: all[1], folder: all[2], local: all[3], ci: all[4], skipped: all[5] };
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('runs the specs alone that are named, by what is compiled', () => {
    expect(runs.compiled.code).to.equal(0);
    expect(runs.compiled.files).to.have.members(['queue/depth-of']);
  });

  it('runs the specs alone that are named, by their source', () => {
    expect(runs.source.code).to.equal(0);
    expect(runs.source.files).to.have.members(['policy/backoff', 'queue/depth-of']);
  });

  it('takes a folder for its specs', () => {
    expect(runs.folder.files).to.have.members(['queue/depth-of', 'queue/floe', 'queue/line', 'queue/queue-marks']);
  });

  it('passes when a tool is missing, and says which and how to get it', () => {
    const { code, passes, pending, failures, said } = runs.local;
    expect(code).to.equal(0);
    expect(passes).to.deep.equal(['the tool that is there works']);
    expect(pending).to.have.length(2);
    expect(pending[0]).to.contain('NOT TESTED: penguin-of-no-path is missing (apt-get install penguin)');
    expect(failures).to.deep.equal([]);
    expect(said).to.contain('NOT TESTED: penguin-of-no-path is missing (apt-get install penguin): 1 pending');
  });

  it('fails when a tool is missing and CI is set, but for one that the system cannot have', () => {
    const { code, passes, pending, failures } = runs.ci;
    expect(code).to.equal(1);
    expect(passes).to.deep.equal(['the tool that is there works']);
    expect(pending).to.have.length(1);
    expect(pending[0]).to.contain(`penguin-of-no-path does not exist on ${process.platform}`);
    expect(failures).to.have.length(1);
    expect(failures[0]).to.contain('penguin-of-no-path is missing (apt-get install penguin)');
  });

  it('fails and names what was skipped by hand', () => {
    const { code, passes, failures, said } = runs.skipped;
    expect(code).to.equal(1);
    expect(passes).to.deep.equal(['other']);
    expect(failures).to.have.length(1);
    for (const title of ['by it.skip', 'without a body', 'suite around it', 'by this.skip'])
      expect(said).to.contain(title);
  });
});
