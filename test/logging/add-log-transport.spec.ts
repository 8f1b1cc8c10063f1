import { execFile } from 'node:child_process';
import { Writable } from 'node:stream';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { addLogTransport, configureLogging, getLogger } from '#src/index.js';
import { thrownBy } from '../support/thrown-by.js';
import { useLineCatcher } from '../support/use-logging.js';

const run = promisify(execFile);

interface Line {
  readonly message: string;
  readonly level: string;
  readonly password?: string;
}

describe('addLogTransport', () => {
  const caught = useLineCatcher();

  function transportOf(level: string): { readonly transport: never; readonly lines: Line[] } {
    const lines: Line[] = [];
    const log = (info: Line, next: () => void): void => {
      lines.push(info);
      next();
    };
    const write = (info: Line, _encoding: string, next: () => void): void => log(info, next);
    const stream = new Writable({ objectMode: true, write });
    return { transport: Object.assign(stream, { level, log }) as never, lines };
  }

  it('R23 takes redacted lines of its level beside the destination, until it is taken off', () => {
    configureLogging({ structured: true, destination: caught, level: 'warn' });
    const { transport, lines } = transportOf('info');
    const added = addLogTransport(transport);
    getLogger('shop').info('one', { password: 'hunter2' });
    getLogger('shop').debug('too much');
    added[Symbol.dispose]();
    added[Symbol.dispose]();
    getLogger('shop').info('two');
    getLogger('shop').warn('three');
    expect(lines.map(({ message, password }) => [message, password])).to.deep.equal([['one', '[Redacted]']]);
    expect(caught.json.map(({ message }) => message)).to.deep.equal(['three']);
    expect(getLogger('shop').isLevelEnabled('info')).to.equal(false);
  });

  it('R23 has no attempt enter an async context, unlike a logger that is asked for', async () => {
    // In a process of its own: whoever has asked for a logger once has asked for good.
    const program = `
      import { Writable } from 'node:stream';
      import { addLogTransport, getLogger } from '#src/index.js';
      import { attemptScope } from '#src/logging/scope/correlation-scope.js';
      const transport = Object.assign(new Writable({ objectMode: true }), { level: 'info', log() {} });
      addLogTransport(transport);
      const before = attemptScope.isHeld;
      getLogger();
      console.log(before, attemptScope.isHeld);
    `;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program]);
    expect(stdout).to.equal('false true\n');
  });

  it('R23 refuses what is no transport', () => {
    for (const wrong of [undefined, null, {}, new Writable()]) {
      expect(thrownBy(() => addLogTransport(wrong as never)).code).to.equal('INVALID_OPTION');
    }
  });
});
