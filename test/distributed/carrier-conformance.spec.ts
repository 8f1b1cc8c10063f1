import { AssertionError } from 'node:assert';

import { expect } from 'chai';
import { carrierConformance, type CarrierTarget } from '#src/distributed/conformance/index.js';

import { BROKEN_CARRIERS, brokenBy } from './support/broken-carriers.js';
import { MEMORY_TARGET } from './support/memory-target.js';

describe('D2 D4 D6 D8 D9 D10 D11 D12 D14 D16 D17 D21 D24 D25 D26 D27 D31 D34 the conformance suite of carriers', () => {
  for (const broken of BROKEN_CARRIERS) {
    for (const title of broken.foundBy) {
      it(`finds with "${title}" a carrier that ${broken.fault}`, async () => {
        const cases = carrierConformance({ ...MEMORY_TARGET, name: 'it', create: () => brokenBy(broken) });
        const found = cases.find((each) => each.title === `it ${title}`);
        expect(found, title).not.to.equal(undefined);
        const failure = await found!.run().then(
          () => 'nothing failed',
          (error: unknown) => error,
        );
        expect(failure).to.be.instanceOf(AssertionError);
      });
    }
  }

  it('has a broken carrier for each of its cases', () => {
    const found = new Set(BROKEN_CARRIERS.flatMap(({ foundBy }) => foundBy.map((title) => `memoryCarrier ${title}`)));
    const cases = carrierConformance(MEMORY_TARGET).map(({ title }) => title);
    expect(cases.filter((title) => !found.has(title))).to.deep.equal([]);
  });

  it('finds nothing in a carrier that is only wrapped', async () => {
    const create = (): ReturnType<CarrierTarget['create']> => brokenBy({ fault: 'none', foundBy: [] });
    for (const { run } of carrierConformance({ ...MEMORY_TARGET, create })) await run();
  });

  it('leaves out what cannot be done to an engine, and takes away each one that it has made', async () => {
    let open = 0;
    const cases = carrierConformance({
      name: 'it',
      faults: [],
      create: async () => {
        open += 1;
        return { ...(await MEMORY_TARGET.create()), destroy: () => void (open -= 1) };
      },
    });
    expect(cases.length).to.be.lessThan(carrierConformance(MEMORY_TARGET).length);
    for (const { run } of cases) await run();
    expect(open).to.equal(0);
  });
});
