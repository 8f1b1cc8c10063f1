import { expect } from 'chai';
import { holds } from '../fuzz/fuzz-property.js';
import { validationProperty } from '../fuzz/validation-property.js';

describe('validation by class of payloads with values of all kinds', () => {
  it('R15 keeps each value as it is or refuses the payload, and changes nothing of it', async function () {
    this.timeout(60_000);
    const before = validationProperty.validSoFar();
    await holds(validationProperty, { runs: 600 });
    // Not by refusing them all.
    expect(validationProperty.validSoFar() - before).to.be.greaterThan(200);
  });
});
