import { expect } from 'chai';
import type { NodeClass } from '#src/index.js';
import { queue, type OrderOptions } from '#src/distributed/index.js';
import { queueFor } from '#src/distributed/plan/queue-for.js';
import type { EntryPlan } from '#src/distributed/plan/distributed-plan.js';
import { line, pass } from '../../support/nodes.js';
import { thrownBy } from '../../support/thrown-by.js';
import { spread } from './support/spread.js';

const node: NodeClass<unknown> = pass('score');

function entryOf(order?: OrderOptions<unknown>): EntryPlan {
  const queues = order === undefined ? [] : [queue(node, { order })];
  return spread(line(node), { queues }).distributed.entries[0] as EntryPlan;
}

describe('D21 the queue of a payload', () => {
  it('is that of its node, or the lane of its key', () => {
    expect(queueFor(entryOf(), { any: 1 })).to.equal('score');
    const entry = entryOf({ by: (payload) => payload as string, lanes: 4 });
    expect(entry.queues).to.include(queueFor(entry, 'a'));
    expect(queueFor(entry, 7)).to.equal(queueFor(entry, '7'));
  });

  it('is the same in every build: what lies in a lane was put there by an older one', () => {
    const entry = entryOf({ by: (payload) => payload as string });
    const keys = ['', 'a', 'b', 'customer-17', 'ä\ud83d', 42, -0.5];
    expect(keys.map((key) => queueFor(entry, key))).to.deep.equal(
      [11, 7, 1, 5, 15, 4, 11].map((lane) => `score#${lane}`),
    );
  });

  it('is each lane about as often, of keys that are alike', () => {
    const entry = entryOf({ by: (payload) => payload as string, lanes: 8 });
    for (const keyOf of [(n: number) => `customer-${n}`, (n: number) => n, (n: number) => `${n}0000`]) {
      const counts = new Map<string, number>();
      for (let n = 0; n < 8_000; n++) {
        const lane = queueFor(entry, keyOf(n));
        counts.set(lane, (counts.get(lane) ?? 0) + 1);
      }
      expect(counts.size).to.equal(8);
      for (const count of counts.values()) expect(count).to.be.within(850, 1_150);
    }
  });

  it('needs a key, at once', () => {
    for (const by of [() => undefined, () => null, () => ({}), () => Promise.resolve('a'), () => Number.NaN]) {
      const entry = entryOf({ by } as unknown as OrderOptions<unknown>);
      const error = thrownBy(() => queueFor(entry, 1));
      expect([error.code, error.nodeName]).to.deep.equal(['INVALID_OPTION', 'score']);
    }
    const throwing = entryOf({
      by: () => {
        throw new TypeError('no');
      },
    });
    expect(thrownBy(() => queueFor(throwing, 1)).exceptionType).to.equal('TypeError');
  });
});
