import { expect } from 'chai';

import { readCommandLine } from '../../samples/document-pipeline/command-line.js';
import { UsageError } from '../../samples/document-pipeline/usage-error.js';
import { runSample } from './sample-run.js';

/** Enough for a node to be busy with them, and few enough for a test. */
const DOCUMENTS = ['--documents', '120'];

describe('samples/document-pipeline', function () {
  this.timeout(120_000);

  it('D1 H12b runs in one process, where nothing is missing, and gives the same results each time', async () => {
    const fingerprints: string[] = [];
    for (let time = 0; time < 2; time++) {
      const { exitCode, stdout, stderr } = await runSample('document-pipeline', ...DOCUMENTS);
      expect([exitCode, stderr]).to.deep.equal([0, '']);
      expect(stdout)
        .to.match(/^120 documents, in one process\n/)
        .and.to.match(/^all 120 +\d/m);
      const [, fingerprint] = /^nothing is missing, [\d.]+ s, results ([0-9a-f]{12})$/m.exec(stdout) ?? [];
      fingerprints.push(fingerprint as string);
    }
    expect(fingerprints[0]).to.equal(fingerprints[1]);
  });

  it('explains a command line that makes no sense, and exits with 2', async () => {
    const { exitCode, stdout, stderr } = await runSample('document-pipeline', '--documents', '0');
    expect([exitCode, stdout]).to.deep.equal([2, '']);
    expect(stderr).to.contain('Expected --documents to be a whole number from 1 to 100000, got "0".');
    expect(() => readCommandLine(['--doc', '3'])).to.throw(UsageError, "Unknown option '--doc'");
    expect((await runSample('document-pipeline', '/nowhere/to/be/found')).exitCode).to.equal(2);
  });
});
