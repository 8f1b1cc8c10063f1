import { expect } from 'chai';

import { runSample, shownBy } from './sample-run.js';

describe('samples/replay', function () {
  this.timeout(30_000);

  it('H12 H12b finds a failed run and does it again, as its README shows', async () => {
    const { exitCode, stdout, stderr } = await runSample('replay');
    expect({ exitCode, stderr, stdout }).to.deep.equal({ exitCode: 0, stderr: '', stdout: shownBy('replay') });
  });
});
