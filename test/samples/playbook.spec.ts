import { expect } from 'chai';

import { runSample, shownBy } from './sample-run.js';

describe('samples/playbook', function () {
  this.timeout(30_000);

  it('R19 calls flows from a node, under one trace, as its README shows', async () => {
    const { exitCode, stdout, stderr } = await runSample('playbook');
    expect({ exitCode, stderr }).to.deep.equal({ exitCode: 0, stderr: '' });
    // The two playbooks of a trip run at once.
    expect(stdout.split('\n').toSorted()).to.deep.equal(shownBy('playbook').split('\n').toSorted());
  });
});
