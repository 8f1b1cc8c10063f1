import { expect } from 'chai';
import { depthOf } from '#src/queue/depth-of.js';

describe('depthOf', () => {
  it('R20 is the number of items in all floes together', () => {
    expect(depthOf([])).to.equal(0);
    expect(depthOf([{ size: 3 }])).to.equal(3);
    expect(depthOf([{ size: 3 }, { size: 0 }, { size: 4 }])).to.equal(7);
  });
});
