import { join } from 'node:path';
import { expect } from 'chai';
import { chain, CHAINS, GRAPHS, measure } from './support/type-budget.js';

const TSC = join('node_modules', 'typescript', 'bin', 'tsc');
/** Inside the project, so that `penguiflow` means this package. */
const FOLDER = 'dist/type-budget';

/** `npm run check:typescript` measures the same with the oldest TypeScript and the newest. */
describe('what a graph costs the compiler', function () {
  this.timeout(120_000);
  const ofChain = new Map<number, number>();

  before(async () => {
    for (const edges of CHAINS) {
      const { instantiations, errors } = await measure(TSC, join(FOLDER, `chain-${edges}`), chain(edges));
      expect(errors).to.deep.equal([]);
      ofChain.set(edges, instantiations);
    }
  });

  it('grows with the length of a chain, and not with its square', () => {
    const [short, long] = [ofChain.get(64)!, ofChain.get(256)!];
    expect(long / short).to.be.below(6);
  });

  for (const [at, { title, edges, code, factor }] of GRAPHS.entries()) {
    it(`is that of a chain of ${edges} edges for ${title}`, async () => {
      const { instantiations, errors } = await measure(TSC, join(FOLDER, `graph-${at}`), code);
      expect(errors).to.deep.equal([]);
      expect(instantiations).to.be.at.most(ofChain.get(edges)! * factor);
    });
  }
});
