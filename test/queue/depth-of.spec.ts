import { expect } from 'chai';
import { depthOf, together } from '#src/queue/depth-of.js';

describe('depthOf', () => {
  it('R20 is the number of items in all floes together', () => {
    expect(depthOf([])).to.equal(0);
    expect(depthOf([{ size: 3 }])).to.equal(3);
    expect(depthOf([{ size: 3 }, { size: 0 }, { size: 4 }])).to.equal(7);
  });
});

describe('together', () => {
  it('R20 counts what is in the floes when it is asked', () => {
    expect(together([]).size).to.equal(0);
    const one = { size: 3 };
    const other = { size: 4 };
    const [alone, both] = [together([one]), together([one, other])];
    expect([alone.size, both.size]).to.deep.equal([3, 7]);
    one.size = 5;
    expect([alone.size, both.size]).to.deep.equal([5, 9]);
  });
});
