import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';

const run = promisify(execFile);

describe('penguiflow/nestjs: two applications in one process', function () {
  this.timeout(30_000);
  for (const [closed, other] of [
    ['first', 'second'],
    ['second', 'first'],
  ] as const) {
    it(`R29 closing the ${closed} leaves the log to the ${other}, down to its last lines`, async () => {
      const args = ['dist/test/nestjs/support/two-applications.js', closed, other];
      const { stdout, stderr } = await run(process.execPath, args, { timeout: 20_000 });
      expect(stderr).to.equal('');
      const lines = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>);
      const traced = lines.filter(({ message }) => message === 'taken').map(({ trace_id }) => trace_id);
      expect(traced).to.deep.equal(['first-at-start', 'second-at-start', `${other}-after-${closed}`]);
      const ofFlow = lines.filter(({ message }) => message === 'trace_end').map(({ trace_id }) => trace_id);
      expect(ofFlow).to.deep.equal(traced);
    });
  }
});
