import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';

import { expect } from 'chai';

import { describeWithTool } from '../support/needs-tool.js';
import { Output, penguiflow, type Ran } from './support/command-line.js';
import { useFakeInspector } from './support/fake-inspector.js';
import { inTerminal, PYTHON } from './support/in-terminal.js';
import { FAILED_ID, OTHER_ID } from './support/stored-runs.js';
import { useTempFolder } from './support/temp-folder.js';

describe('penguiflow replay', () => {
  const held = useFakeInspector();
  const folder = useTempFolder();

  async function replay(...args: string[]): Promise<Ran> {
    return penguiflow(['replay', FAILED_ID.slice(-8), '--url', held.inspector.url, '--token', 'a-token', ...args]);
  }

  function posted(): unknown[] {
    return held.inspector.asked.filter(({ method }) => method === 'POST').map(({ body }) => body);
  }

  it('C9 shows what will run, and runs it in the application with --yes', async () => {
    const { stdout, exitCode } = await replay('--yes');
    expect(exitCode).to.equal(0);
    expect(stdout).to.contain('in shop. These nodes run for real: Charge, Ship');
    expect(stdout).to.contain(`run 8  penguiflow trace ${OTHER_ID}`);
    expect(posted()).to.deep.equal([{ run: 7, from: 'failed', force: false }]);
  });

  it('passes on where it begins', async () => {
    for (const from of ['start', '3']) expect((await replay('--yes', '--from', from)).exitCode).to.equal(0);
    expect(posted()).to.deep.equal([
      { run: 7, from: 'start', force: false },
      { run: 7, from: '3', force: false },
    ]);
    expect((await replay('--yes', '--from', 'middle')).exitCode).to.equal(2);
  });

  it('passes on a payload that takes the place of the kept one, and refuses what is none', async () => {
    const [file, bad] = [folder.file('payload.json'), folder.file('bad.json')];
    await writeFile(file, '{"cents":450}');
    await writeFile(bad, '{cents');
    expect((await replay('--yes', '--edit', file)).exitCode).to.equal(0);
    expect(posted()).to.deep.equal([{ run: 7, from: 'failed', force: false, payload: { cents: 450 } }]);
    const refused = await replay('--yes', '--edit', bad);
    expect([refused.exitCode, refused.stderr.includes('bad.json is no JSON')]).to.deep.equal([2, true]);
    const missing = await replay('--yes', '--edit', folder.file('missing.json'));
    expect([missing.exitCode, missing.stderr.includes('cannot be read')]).to.deep.equal([2, true]);
  });

  it('C9 does nothing with --dry-run, or where nobody can be asked', async () => {
    const dry = await replay('--dry-run', '--json');
    expect(dry.exitCode).to.equal(0);
    expect(JSON.parse(dry.stdout)).to.have.nested.property('plan.nodes').deep.equal(['Charge', 'Ship']);
    const nobody = await replay();
    expect([nobody.exitCode, nobody.stderr.includes('--yes')]).to.deep.equal([2, true]);
    expect(posted()).to.deep.equal([]);
  });

  it('C9 says how many runs it takes, who gets nothing, and each reason once', async () => {
    Object.assign(held.inspector, {
      replayRuns: 2,
      notBegun: ['Stock'],
      reasons: ['no', 'gone'],
      impossible: ['gone'],
    });
    const { stdout, exitCode } = await replay('--dry-run');
    expect(exitCode).to.equal(1);
    expect(stdout.split('\n').slice(1)).to.deep.equal([
      'from failed, in shop. These nodes run for real: Charge, Ship',
      '2 new runs: each message that came in becomes one',
      'get nothing, as they had begun nothing: Stock',
      'no',
      'gone',
      'This cannot be done.',
      '',
    ]);
    held.inspector.impossible = [];
    expect((await replay('--dry-run')).stdout).to.contain('It is refused without --force.');
    expect((await replay('--dry-run', '--force')).stdout).to.not.contain('refused');
  });

  it('asks for the plan with another payload, which takes the place of one message', async () => {
    writeFileSync(folder.file('payload.json'), '{}');
    const edit = ['--edit', folder.file('payload.json')];
    expect((await replay('--dry-run', ...edit)).exitCode).to.equal(0);
    expect(held.inspector.asked.at(-1)?.url).to.contain('edited=true');
    held.inspector.replayRuns = 2;
    const { exitCode, stderr } = await replay('--yes', ...edit);
    expect([exitCode, stderr.includes('there are 2 to put in')]).to.deep.equal([2, true]);
    const unasked = await replay('--edit', '-');
    expect([unasked.exitCode, unasked.stderr.includes('stdin is the payload')]).to.deep.equal([2, true]);
    expect(posted()).to.deep.equal([]);
  });

  it('C9 does not offer a store, which will not do', async () => {
    expect((await penguiflow(['replay', '--help'])).stdout).to.not.contain('--store');
  });

  it('says why it is refused, and what overcomes it', async () => {
    held.inspector.reasons = ['Ship is not replayable'];
    const refused = await replay('--yes');
    expect([refused.exitCode, refused.stderr]).to.deep.equal([
      1,
      'error: It is refused: Ship is not replayable\nUse --force if that is right.\n',
    ]);
    expect((await replay('--yes', '--force')).exitCode).to.equal(0);
    expect(posted()).to.deep.equal([{ run: 7, from: 'failed', force: true }]);
  });

  it('C9 needs an application that allows it', async () => {
    held.inspector.actions = [];
    const { exitCode, stderr } = await replay('--yes');
    expect([exitCode, stderr.includes("actions: ['replay']")]).to.deep.equal([4, true]);
    expect(posted()).to.deep.equal([]);
  });

  it('C9 ends with 2 where all there is is a store, and says so', async () => {
    const { exitCode, stderr } = await penguiflow(['replay', '7', '--store', folder.file('history.db')]);
    expect([exitCode, stderr.includes('needs an application that runs, and all there is is a store')]).to.deep.equal([
      2,
      true,
    ]);
  });

  describeWithTool(PYTHON, 'in a terminal', () => {
    for (const [name, key] of [
      ['Ctrl+C', '\u0003'],
      ['Ctrl+D', '\u0004'],
    ] as const) {
      it(`C9 takes ${name} for no answer, and says that nothing was run`, async () => {
        const child = inTerminal(['replay', FAILED_ID, '--json', '--url', held.inspector.url, '--token', 'a-token']);
        const output = new Output(child);
        await output.has('Run it? [y/N]');
        expect(output.text).to.contain('These nodes run for real');
        child.stdin!.write(key);
        const [exitCode] = (await once(child, 'close')) as [number];
        expect([exitCode, posted().length, output.text.includes('Nothing was run.')]).to.deep.equal([1, 0, true]);
      });
    }

    for (const [answer, runs] of [
      ['y', 1],
      ['n', 0],
    ] as const) {
      it(`C9 asks, and takes ${answer} for an answer`, async () => {
        const child = inTerminal(['replay', FAILED_ID, '--url', held.inspector.url, '--token', 'a-token']);
        const output = new Output(child);
        await output.has('Run it? [y/N]');
        child.stdin!.write(`${answer}\r`);
        const [exitCode] = (await once(child, 'close')) as [number];
        expect([exitCode, posted().length]).to.deep.equal([1 - runs, runs]);
      });
    }
  });
});
