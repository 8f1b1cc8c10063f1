import { expect } from 'chai';

import { readCommandLine } from '../../samples/document-pipeline/command-line.js';
import { UsageError } from '../../samples/document-pipeline/usage-error.js';
import { runSample } from './sample-run.js';

/** Enough for a node to be busy with them, and few enough for a test. */
const DOCUMENTS = ['--documents', '200'];

describe('samples/document-pipeline', function () {
  this.timeout(120_000);

  it('D1 H12b runs in one process, where nothing is missing, and gives the same results each time', async () => {
    const fingerprints: string[] = [];
    for (let time = 0; time < 2; time++) {
      const { exitCode, stdout, stderr } = await runSample('document-pipeline', ...DOCUMENTS);
      expect([exitCode, stderr]).to.deep.equal([0, '']);
      expect(stdout)
        .to.match(/^200 documents, in one process\n/)
        .and.to.match(/^all 200 +\d/m);
      const [, fingerprint] = /^nothing is missing, [\d.]+ s, results ([0-9a-f]{12})$/m.exec(stdout) ?? [];
      fingerprints.push(fingerprint as string);
    }
    expect(fingerprints[0]).to.equal(fingerprints[1]);
  });

  it('D1 D2 D9 gives the same results by three processes, of which one is killed in the middle', async () => {
    const { exitCode, stdout, stderr } = await runSample('document-pipeline', ...DOCUMENTS, '--processes', '3');
    expect([exitCode, stderr], stdout).to.deep.equal([0, '']);
    expect(stdout).to.match(/^200 documents, by 3 processes and this one\n/);
    expect(stdout)
      .to.match(/^ +[\d.]+ s {2}\d+ are done: kill -9 cpu-1;/m)
      .and.to.match(/ cpu-3 \(pid \d+\) serves cpu\n/);
    const [, again, deadLetters] =
      /^messages that ran again (\d+), results written before \d+, dead letters (\d+)$/m.exec(stdout) ?? [];
    expect(Number(again)).to.be.above(0);
    expect(deadLetters).to.equal('0');
    const results = [...stdout.matchAll(/ {2}200 results ([0-9a-f]{12}) in [\d.]+ s$/gm)].map(([, each]) => each);
    expect(results).to.have.length(2);
    expect(results[0]).to.equal(results[1]);
    expect(stdout).to.match(/\nnothing is missing, and the results are the same\n$/);
    for (const [, pid] of stdout.matchAll(/\(pid (\d+)\)/g))
      expect(isAlive(Number(pid)), `process ${pid}`).to.equal(false);
  });

  it('explains a command line that makes no sense, and exits with 2', async () => {
    const { exitCode, stdout, stderr } = await runSample('document-pipeline', '--processes', '2');
    expect([exitCode, stdout]).to.deep.equal([2, '']);
    expect(stderr).to.contain('Expected --processes to be a whole number from 3 to 8, got "2".');
    expect(() => readCommandLine(['--doc', '3'])).to.throw(UsageError, "Unknown option '--doc'");
    expect((await runSample('document-pipeline', '/nowhere/to/be/found')).exitCode).to.equal(2);
  });
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
