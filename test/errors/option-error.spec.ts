import { expect } from 'chai';
import fc from 'fast-check';
import { FlowError } from 'penguiflow';

import { describeValue, invalidOption, rejectUnknownOptions } from '#src/errors/option-error.js';

describe('option errors', () => {
  it('word a bad option as the house does', () => {
    const error = invalidOption('timeoutS', '@Node "Price"', '> 0', -1);
    expect(error.message).to.equal('Expected `timeoutS` of @Node "Price" to be > 0, got -1');
    expect(FlowError.is(error, 'INVALID_OPTION')).to.equal(true);
  });

  it('are instances of the FlowError that users import', () => {
    expect(invalidOption('a', 'b', 'c', 1)).to.be.instanceOf(FlowError);
  });

  it('name the first unknown option and the known ones', () => {
    expect(() => rejectUnknownOptions({ retries: 1 }, ['maxRetries'], '@Node "Price"'))
      .to.throw(FlowError, 'Unknown option `retries` of @Node "Price"')
      .with.property('hint', 'Known options: maxRetries.');
    expect(() => rejectUnknownOptions({ maxRetries: 1 }, ['maxRetries'], '@Node "Price"')).not.to.throw();
  });

  it('describe any value in one short line without throwing', () => {
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true }), (value) => {
        const text = describeValue(value);
        expect(text.length).to.be.lessThan(300);
        expect(text).not.to.contain('\n');
      }),
    );
  });
});
