import { expect } from 'chai';
import { DepartureIds, type SentFacts } from '#src/distributed/protocol/departure-id.js';

const PLAIN: SentFacts = {
  queue: 'Score',
  headers: { tenant: 'acme', priority: 0 },
  meta: undefined,
  piece: false,
  body: '"doc"',
};

/** The ids of what an arrival sends, in order. */
function idsOf(arrival: string, sent: readonly Partial<SentFacts>[]): readonly string[] {
  const ids = new DepartureIds(arrival);
  return sent.map((facts) => {
    const { id, take } = ids.next({ ...PLAIN, ...facts });
    take();
    return id;
  });
}

describe('D5 the id of a departure', () => {
  it('is the same when an arrival runs again and sends the same, in another order', () => {
    const sent = [{ body: '1' }, { body: '2' }, { body: '1' }];
    const once = idsOf('a', sent);
    expect(new Set(once).size).to.equal(3);
    expect(new Set(idsOf('a', sent.toReversed()))).to.deep.equal(new Set(once));
    expect(idsOf('b', sent).filter((id) => once.includes(id))).to.deep.equal([]);
  });

  const others: readonly Partial<SentFacts>[] = [
    { queue: 'Store' },
    { queue: 'Score#1' },
    { headers: { tenant: 'other', priority: 0 } },
    { headers: { tenant: 'acme', priority: 1 } },
    { headers: { tenant: 'acme', priority: 0, topic: 'news' } },
    { meta: '{"by":"me"}' },
    { piece: true },
    { body: '"other"' },
  ];
  for (const other of others) {
    it(`is another one with ${JSON.stringify(other)}`, () => {
      expect(idsOf('a', [other])).to.not.deep.equal(idsOf('a', [{}]));
    });
  }

  it('counts what was sent, and not what found no room', () => {
    const ids = new DepartureIds('a');
    const refused = ids.next(PLAIN).id;
    const { id, take } = ids.next(PLAIN);
    expect(id).to.equal(refused);
    take();
    expect(ids.next(PLAIN).id).to.not.equal(refused);
  });
});
