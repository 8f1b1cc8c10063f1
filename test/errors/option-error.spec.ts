import { expect } from 'chai';
import fc from 'fast-check';
import { Flow, FlowError, Node } from '#src/index.js';

import { describeValue, invalidOption, rejectUnknownOptions } from '#src/errors/option-error.js';
import { thrownBy } from '../support/thrown-by.js';

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

  it('R7 say which option was probably meant', () => {
    const known = ['timeoutS', 'queueMaxsize', 'maxRetries', 'traceId', 'deliverFailures'];
    const renamed = { emitErrorsToRookery: 'deliverFailures' };
    for (const [given, guess] of [
      ['timeout', 'Did you mean `timeoutS`? '],
      ['timeout_s', 'Did you mean `timeoutS`? '],
      ['queue_maxsize', 'Did you mean `queueMaxsize`? '],
      ['max_retries', 'Did you mean `maxRetries`? '],
      ['traceID', 'Did you mean `traceId`? '],
      ['emit_errors_to_rookery', 'It is called `deliverFailures` now. '],
      ['emitErrorsToRookery', 'It is called `deliverFailures` now. '],
      ['retries', ''],
      ['__proto', ''],
    ] as const) {
      expect(thrownBy(() => rejectUnknownOptions({ [given]: 1 }, known, 'x', renamed)).hint).to.equal(
        `${guess}Known options: ${known.join(', ')}.`,
      );
    }
  });

  it('R7 of Node and Flow know the names of PenguiFlow for Python', () => {
    expect(thrownBy(() => Node({ backoff_mult: 2 } as object)(class {} as never)).hint).to.contain(
      '`backoffMultiplier`',
    );
    expect(thrownBy(() => Flow({ emit_errors_to_rookery: true } as object)(class {} as never)).hint).to.contain(
      '`deliverFailures`',
    );
  });

  it('name what was given instead of options', () => {
    for (const [given, described] of [
      [null, 'null'],
      ['t-1', '"t-1"'],
      [5, '5'],
    ] as const) {
      expect(() => rejectUnknownOptions(given as never, ['traceId'], 'fetch() of flow "Orders"'))
        .to.throw(FlowError, `Expected the options of fetch() of flow "Orders" to be an object, got ${described}`)
        .with.property('hint', 'Write `{ … }` with any of: traceId.');
    }
  });

  it('describe what must not be looked into', () => {
    const refuses = (): never => {
      throw new TypeError('hands off');
    };
    const proxy = new Proxy({}, { get: refuses, has: refuses, getPrototypeOf: refuses });
    expect(describeValue(proxy)).to.equal('an object of class Object');
    expect(describeValue({ constructor: { name: 5 } })).to.equal('an object of class Object');
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
