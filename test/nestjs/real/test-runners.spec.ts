import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { describeWithTool } from '../../support/needs-tool.js';
import { APPS, appsProject, prepareApps } from '../support/apps-project.js';

/** Generous: the runs take some seconds. What fails is a runner that has to be ended. */
const CEILING_MS = 90_000;

interface Run {
  /** Null when it did not end by itself. */
  readonly code: number | null;
  readonly output: string;
}

async function runTests(args: readonly string[], nodeOptions = ''): Promise<Run> {
  const child = spawn(process.execPath, args, {
    cwd: APPS,
    env: { ...process.env, NODE_OPTIONS: nodeOptions, CI: 'true', NO_COLOR: '1' },
    timeout: CEILING_MS,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

describeWithTool(appsProject, 'penguiflow/nestjs under test runners', function () {
  this.timeout(CEILING_MS + 10_000);

  before(() => prepareApps());

  for (const how of [['--runInBand'], ['--maxWorkers=2']]) {
    it(`R29 Jest closes applications that log, and exits by itself (${how.join(' ')})`, async () => {
      const jest = ['node_modules/jest/bin/jest.js', '--config', 'runners/jest.config.js', ...how];
      const { code, output } = await runTests(jest, '--experimental-vm-modules');
      expect(output).to.match(/Tests: +4 passed, 4 total/);
      expect(output).to.not.match(/did not exit|force exited|open handle|torn down/i);
      expect(code).to.equal(0);
      // And what was logged is there.
      expect(output.match(/"message":"pricing"/g)).to.have.length(4);
    });
  }

  it('R29 Vitest closes applications that log, and exits by itself', async () => {
    const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--config', 'runners/vitest.config.js'];
    const { code, output } = await runTests(vitest);
    expect(output).to.match(/Tests +4 passed/);
    expect(output).to.not.match(/prevents? .*exiting|hanging-process|close timed out|unhandled/i);
    expect(code).to.equal(0);
    expect(output.match(/"message":"pricing"/g)).to.have.length(4);
  });
});
