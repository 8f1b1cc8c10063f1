import { expect } from 'chai';

import { CommandFailure } from '#src/cli/command-failure.js';
import { sayFailure } from '#src/cli/say-failure.js';
import { processTerminal, type Terminal } from '#src/cli/terminal.js';

/** A terminal, of which stdout, stderr or both lead to a file. */
function terminalOf(isTTY: { readonly stdout: boolean; readonly stderr: boolean }): {
  terminal: Terminal;
  said: string[];
} {
  const said: string[] = [];
  const write = (text: string): boolean => said.push(text) > 0;
  const stream = (tty: boolean): object => ({ isTTY: tty, columns: 80, rows: 24, write });
  const process = { stdin: {}, stdout: stream(isTTY.stdout), stderr: stream(isTTY.stderr), env: { TERM: 'xterm' } };
  return { terminal: processTerminal(process as unknown as NodeJS.Process), said };
}

describe('what is said of a failure', () => {
  it('C3 is coloured where stderr is a terminal, whatever stdout is', () => {
    const failure = new CommandFailure(3, 'it is not there');
    const piped = terminalOf({ stdout: false, stderr: true });
    sayFailure(piped.terminal, failure);
    expect(piped.said).to.deep.equal(['\u001b[31merror:\u001b[39m it is not there\n']);
    const kept = terminalOf({ stdout: true, stderr: false });
    expect([sayFailure(kept.terminal, failure), kept.said]).to.deep.equal([3, ['error: it is not there\n']]);
  });

  it('is what the system says, without a stack, and of a fault with one', () => {
    const { terminal, said } = terminalOf({ stdout: false, stderr: false });
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    });
    expect(sayFailure(terminal, full)).to.equal(1);
    expect(said).to.deep.equal(['error: ENOSPC: no space left on device, write\n']);
    sayFailure(terminal, new TypeError('x is undefined'));
    expect(said[1]).to.contain('TypeError: x is undefined').and.contain('    at ');
  });

  it('drives no terminal', () => {
    const { terminal, said } = terminalOf({ stdout: true, stderr: true });
    sayFailure(terminal, new CommandFailure(1, 'a\u001b]0;b\u0007\u009b2J\u202ec\nd', '\u001b[2Jhint'));
    expect(said).to.deep.equal([
      String.raw`${'\u001b'}[31merror:${'\u001b'}[39m a\u001b]0;b\u0007\u009b2J\u202ec` + '\nd\n',
      String.raw`\u001b[2Jhint` + '\n',
    ]);
  });
});
