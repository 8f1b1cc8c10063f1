import { AssertionError } from 'node:assert';

import { expect } from 'chai';
import { memoryStore, type FlowStore } from '#src/store/index.js';
import { storeConformance, type ConformanceTarget } from '#src/store/conformance/index.js';

import { BROKEN_STORES, brokenBy } from './support/broken-stores.js';

/** What is killed in a process is all that held it: the data stays with the object. */
const CRASHING: Pick<ConformanceTarget, 'destroy' | 'crash'> = { destroy: () => {}, crash: (store) => store };

describe('H1 H1b H6 H7 H11 H13 the conformance suite', () => {
  describe('on memoryStore', () => {
    for (const { title, run } of storeConformance({ name: 'memoryStore', create: () => memoryStore(), ...CRASHING })) {
      it(title, run);
    }
  });

  describe('on broken stores', () => {
    for (const { fault, foundBy, breakIt } of BROKEN_STORES) {
      it(`finds one that ${fault}`, async () => {
        const found = storeConformance({ name: 'it', create: () => brokenBy(breakIt), ...CRASHING });
        const one = found.find(({ title }) => title === `it ${foundBy}`);
        expect(one, foundBy).not.to.equal(undefined);
        const failure = await one!.run().then(
          () => 'nothing failed',
          (error: unknown) => error,
        );
        expect(failure).to.be.instanceOf(AssertionError);
      });
    }

    it('has a broken store for each of its cases', () => {
      const cases = storeConformance({ name: 'it', create: () => memoryStore(), ...CRASHING });
      const found = new Set(BROKEN_STORES.map(({ foundBy }) => `it ${foundBy}`));
      expect(cases.map(({ title }) => title).filter((title) => !found.has(title))).to.deep.equal([]);
    });

    it('finds nothing in a store that is only wrapped', async () => {
      for (const { run } of storeConformance({ name: 'it', create: () => brokenBy(() => ({})), ...CRASHING }))
        await run();
    });
  });

  it('leaves out what needs a crash where the target has none, and destroys what it has created', async () => {
    const stores = new Set<FlowStore>();
    const create = (): FlowStore => {
      const store = memoryStore();
      stores.add(store);
      return store;
    };
    const cases = storeConformance({ name: 'it', create, destroy: (store) => void stores.delete(store) });
    expect(cases.length).to.be.lessThan(storeConformance({ name: 'it', create, ...CRASHING }).length);
    for (const { run } of cases) await run();
    expect(stores.size).to.equal(0);
  });
});
