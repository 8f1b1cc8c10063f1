import { expect } from 'chai';

import { cutTo, padTo, widthOf, wrapWords } from '#src/cli/text-width.js';

describe('the width of a text in a terminal', () => {
  it('counts wide characters twice and colours not at all', () => {
    expect([widthOf('fish'), widthOf('魚🐧'), widthOf('\u001b[31mfish\u001b[39m')]).to.deep.equal([4, 4, 4]);
    expect([cutTo('penguins', 4), cutTo('魚魚魚', 4), cutTo('fish', 4), cutTo('fish', 1)]).to.deep.equal([
      'pen…',
      '魚…',
      'fish',
      '…',
    ]);
    expect(padTo('魚', 4)).to.equal('魚  ');
  });

  it('breaks between words, and cuts the last line', () => {
    expect(wrapWords('the bank is closed for the day', 12, 3)).to.deep.equal(['the bank is', 'closed for', 'the day']);
    expect(wrapWords('the bank is closed for the day', 12, 2)).to.deep.equal(['the bank is', 'closed for …']);
    expect(wrapWords('x'.repeat(20), 12, 3)).to.deep.equal(['x'.repeat(12), 'x'.repeat(8)]);
    expect(wrapWords('', 12, 3)).to.deep.equal(['']);
  });
});
