import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';

import { expect } from 'chai';

import { penguiflow, PROGRAM, quietEnv } from './support/command-line.js';

describe('penguiflow', () => {
  it('prints its version, and help on itself and each command', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { readonly version: string };
    expect((await penguiflow(['--version'])).stdout).to.equal(`${version}\n`);
    const { stdout, exitCode } = await penguiflow(['--help']);
    expect(exitCode).to.equal(0);
    const commands = [...stdout.matchAll(/^ {2}([a-z]+) .*/gm)]
      .map(([, name]) => name!)
      .filter((name) => name !== 'help');
    expect(commands).to.include.members(['logs', 'graph']);
    for (const command of commands) {
      const help = await penguiflow([command, '--help']);
      expect([help.exitCode, help.stderr]).to.deep.equal([0, '']);
      expect(help.stdout).to.contain(`Usage: penguiflow ${command}`);
      expect(Math.max(...help.stdout.split('\n').map((line) => line.length))).to.be.at.most(110);
    }
  });

  it('C4 ends with 1 where stdout takes nothing, and says so', async () => {
    for (const args of [['--help'], ['logs', 'package.json']]) {
      const full = openSync('/dev/full', 'w');
      const child = spawn(process.execPath, [PROGRAM, ...args], { env: quietEnv(), stdio: ['ignore', full, 'pipe'] });
      closeSync(full);
      const ended = once(child, 'close') as Promise<[number]>;
      const [stderr, [exitCode]] = await Promise.all([text(child.stderr!), ended]);
      expect([exitCode, stderr.includes('ENOSPC')], stderr).to.deep.equal([1, true]);
    }
  });

  const wrong: ReadonlyArray<readonly [args: string[], says: RegExp]> = [
    [['lgos'], /unknown command 'lgos'\n\(Did you mean logs\?\)/],
    [['logs', '--tarce', 'x'], /unknown option '--tarce'\n\(Did you mean --trace\?\)/],
    [['logs', '--level'], /argument missing/],
    [[], /Usage: penguiflow/],
  ];
  for (const [args, says] of wrong) {
    it(`C4 ends with 2 for penguiflow ${args.join(' ')}, and says what was meant`, async () => {
      const { exitCode, stderr, stdout } = await penguiflow(args);
      expect([exitCode, stdout]).to.deep.equal([2, '']);
      expect(stderr).to.match(says);
    });
  }
});
