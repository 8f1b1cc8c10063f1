import { expect } from 'chai';

import { RenewalBook } from '#src/nats/renewal-book.js';

const LEASE_MS = 1_000;

describe('D9 what is renewed on a NATS server', () => {
  it('lapses for nobody whose renewal has come in time', () => {
    const book = new RenewalBook();
    book.add('one', 1, 0);
    book.renewed(1, 400, 450, LEASE_MS);
    book.renewed(1, 800, 1_390, LEASE_MS);
    expect([book.lapsedUpTo, [...book.acks()]]).to.deep.equal([0, ['one']]);
  });

  it('lapses where the server had the renewal when the lease may have been over, and not for what is younger', () => {
    const book = new RenewalBook();
    book.add('old', 1, 0);
    book.renewed(1, 200, 250, LEASE_MS);
    book.add('young', 2, 900);
    book.renewed(2, 950, 1_200, LEASE_MS);
    expect([book.lapsedUpTo, [...book.acks()]]).to.deep.equal([1, ['young']]);
  });

  it('goes by the time at which a renewal went out, and leaves alone what was added after it', () => {
    const book = new RenewalBook();
    book.add('before', 1, 0);
    book.add('after', 2, 100);
    book.renewed(1, 500, 900, LEASE_MS);
    book.renewed(1, 1_300, 1_499, LEASE_MS);
    expect(book.lapsedUpTo).to.equal(0);
    book.renewed(2, 1_400, 1_600, LEASE_MS);
    expect(book.lapsedUpTo).to.equal(2);
  });
});
