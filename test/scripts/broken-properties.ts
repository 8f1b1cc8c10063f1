import fc from 'fast-check';
import type { FuzzProperty } from '../fuzz/fuzz-property.js';

/** Properties that do not hold, each in its own way, for the tests of `npm run fuzz`. */
export const PROPERTIES: readonly FuzzProperty<number>[] = [
  {
    name: 'small',
    given: fc.nat(1_000),
    async check(given) {
      if (given >= 10) throw new RangeError(`${given} is not small`);
    },
    draw: (given) => `N0 -> N${given}`,
  },
  {
    name: 'stray',
    given: fc.nat(1_000),
    async check() {
      setImmediate(() => {
        throw new RangeError('of nobody');
      });
      await new Promise(() => {});
    },
  },
  {
    name: 'unhandled',
    given: fc.nat(1_000),
    async check() {
      void Promise.reject(new RangeError('of nobody'));
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    },
  },
  { name: 'fine', given: fc.nat(1_000), async check() {} },
];
