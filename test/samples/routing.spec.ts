import { expect } from 'chai';

import { runSample, shownBy } from './sample-run.js';

describe('samples/routing', function () {
  this.timeout(30_000);

  it('R19 routes by class, by predicate and by policy file, as its README shows', async () => {
    const { exitCode, stdout, stderr } = await runSample('routing');
    expect({ exitCode, stderr }).to.deep.equal({ exitCode: 0, stderr: '' });
    // Tickets do not wait for each other.
    expect(stdout.split('\n').toSorted()).to.deep.equal(shownBy('routing').split('\n').toSorted());
    expect(stdout).to.not.contain('ticket-3');
  });
});
