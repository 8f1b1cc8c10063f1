import { expect } from 'chai';
import { handleAll, retry } from 'cockatiel';
import { dependency, FlowError } from '#src/index.js';
import { isDependency } from '#src/policy/dependency.js';
import { thrownBy } from '../support/thrown-by.js';

describe('dependency()', () => {
  it('R35 makes a frozen token of a name, a time and a policy', () => {
    const policy = retry(handleAll, { maxAttempts: 1 });
    const bank = dependency('bank', { timeoutS: 2, policy });
    expect(bank).to.deep.equal({ name: 'bank', timeoutS: 2, policy }).and.to.be.frozen;
    expect(dependency('bank')).to.deep.equal({ name: 'bank', timeoutS: undefined, policy: undefined });
    expect(isDependency(bank)).to.equal(true);
    expect(isDependency({ ...bank })).to.equal(false);
  });

  const wrong: readonly (readonly [what: string, name: unknown, options: unknown, message: string])[] = [
    ['no name', undefined, {}, 'Expected `name` of dependency() to be a non-empty string, got undefined'],
    ['an empty name', ' ', {}, 'Expected `name` of dependency() to be a non-empty string, got " "'],
    ['a line break', 'ba\nnk', {}, 'Expected `name` of dependency() to be a text without control characters'],
    ['a time of 0', 'bank', { timeoutS: 0 }, 'Expected `timeoutS` of dependency("bank") to be > 0, got 0'],
    ['a time that is none', 'bank', { timeoutS: Number.NaN }, 'to be > 0, got NaN'],
    ['a policy that is none', 'bank', { policy: {} }, 'Expected `policy` of dependency("bank") to be an object with'],
    ['null as policy', 'bank', { policy: null }, 'to be an object with `execute`, got null'],
    ['a class of policies', 'bank', { policy: class {} }, 'to be an object with `execute`'],
    ['an option nobody knows', 'bank', { timeout: 2 }, 'Unknown option `timeout` of dependency("bank")'],
    ['options that are none', 'bank', 2, 'Expected the options of dependency("bank") to be an object, got 2'],
  ];
  for (const [what, name, options, message] of wrong) {
    it(`R35 refuses ${what} at once`, () => {
      const error = thrownBy(() => dependency(name as string, options as object));
      expect(FlowError.is(error, 'INVALID_OPTION')).to.equal(true);
      expect((error as FlowError).message).to.contain(message);
    });
  }
});
