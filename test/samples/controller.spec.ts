import { expect } from 'chai';

import { masked } from '../docs/doc-examples.js';
import { runSample, shownBy } from './sample-run.js';

describe('samples/controller', function () {
  this.timeout(30_000);

  it('R19 answers within its budgets, as its README shows', async () => {
    const { exitCode, stdout, stderr } = await runSample('controller');
    expect({ exitCode, stderr }).to.deep.equal({ exitCode: 0, stderr: '' });
    expect(masked(stdout)).to.equal(masked(shownBy('controller')));
  });
});
