import { expect } from 'chai';
import { joinFrom, oneOf, arrayOf, type NodeClass, FinalAnswer } from '#src/index.js';
import { queue, Wire } from '#src/distributed/index.js';
import { pass, rows, line } from '../../support/nodes.js';
import { thrownBy } from '../../support/thrown-by.js';
import { arrows, spread } from './support/spread.js';

const [fetch, parse, score, store] = ['fetch', 'parse', 'score', 'store'].map((name) => pass(name)) as [
  NodeClass<unknown>,
  NodeClass<unknown>,
  NodeClass<unknown>,
  NodeClass<unknown>,
];

/** fetch → parse → score → store. */
const CHAIN = line(fetch, parse, score, store);

class Doc {
  readonly customer = 'a';
}
class Scored {}
class Unnamed {}

describe('a distributed plan', () => {
  it('D3 is one group behind its ingress where there are no groups', () => {
    const { plan, distributed } = spread(CHAIN);
    expect(distributed.groups.map(({ name, members }) => [name, members])).to.deep.equal([
      ['main', ['fetch', 'parse', 'score', 'store']],
    ]);
    expect(distributed.cuts).to.deep.equal([]);
    expect(distributed.groups[0]?.local).to.deep.equal(plan.edges);
    expect(distributed.entries.map(({ node, ingress, queues }) => ({ node, ingress, queues }))).to.deep.equal([
      { node: 'fetch', ingress: true, queues: ['fetch'] },
    ]);
    expect(distributed.results).to.equal('reply');
  });

  it('D3 uses the carrier for the ingress, edges to another group and nodes with an order', () => {
    const { distributed } = spread(CHAIN, {
      groups: { io: [fetch, store], cpu: [parse, score] },
      queues: [queue(score, { order: { by: () => 'a', lanes: 2 } })],
    });
    expect(distributed.groups.map(({ name, members }) => [name, members])).to.deep.equal([
      ['io', ['fetch', 'store']],
      ['cpu', ['parse', 'score']],
    ]);
    expect(arrows(distributed.cuts)).to.deep.equal(['fetch -> parse', 'parse -> score', 'score -> store']);
    expect(distributed.groups.map(({ local, cuts }) => [arrows(local), arrows(cuts)])).to.deep.equal([
      [[], ['fetch -> parse']],
      [[], ['parse -> score', 'score -> store']],
    ]);
    expect(distributed.entries.map(({ node, group, queues }) => [node, group, queues])).to.deep.equal([
      ['fetch', 'io', ['fetch']],
      ['parse', 'cpu', ['parse']],
      ['score', 'cpu', ['score#0', 'score#1']],
      ['store', 'io', ['store']],
    ]);
    expect(distributed.groups[1]?.entries.map(({ node }) => node)).to.deep.equal(['parse', 'score']);
  });

  it('D3 keeps nodes that no group names in `main`', () => {
    const { distributed } = spread(CHAIN, { groups: { cpu: [score] } });
    expect(distributed.groups.map(({ name, members }) => [name, members])).to.deep.equal([
      ['main', ['fetch', 'parse', 'store']],
      ['cpu', ['score']],
    ]);
  });

  it('D21 has one queue for each lane of a node with an order, which hands out one message at a time', () => {
    const { carrier } = spread(CHAIN, {
      groups: { cpu: [score] },
      queues: [
        queue(score, { bound: 5, maxInFlight: 7, order: { by: () => 1, lanes: 2 } }),
        queue(store, { bound: 3, maxInFlight: 2, maxHoldS: 60 }),
      ],
    }).distributed;
    expect(carrier).to.have.all.keys('flow', 'hash', 'queues');
    expect(carrier.flow).to.equal('Docs');
    expect(carrier.queues).to.deep.equal([
      { queue: 'fetch', bound: 10_000, maxInFlight: 1_000 },
      { queue: 'score#0', bound: 5, maxInFlight: 1, lane: { of: 'score', number: 0 } },
      { queue: 'score#1', bound: 5, maxInFlight: 1, lane: { of: 'score', number: 1 } },
      { queue: 'store', bound: 3, maxInFlight: 2 },
    ]);
  });

  it('is frozen', () => {
    const { distributed } = spread(CHAIN, { groups: { cpu: [score] } });
    const parts = [distributed, distributed.carrier, ...distributed.groups, ...distributed.entries];
    const lists = [distributed.groups, distributed.cuts, distributed.entries, distributed.carrier.queues];
    for (const each of [...parts, ...lists]) expect(Object.isFrozen(each)).to.equal(true);
  });

  describe('D26 has a hash', () => {
    const hashOf = (...given: Parameters<typeof spread>): string => spread(...given).distributed.hash;
    const cut = { groups: { io: [fetch, store], cpu: [parse, score] } };
    const hash = hashOf(CHAIN, cut);

    it('that stays, whatever a message does not need to find its way', () => {
      expect(hash).to.match(/^[\da-f]{16}$/);
      expect(hashOf(CHAIN, { groups: { a: [fetch], b: [parse, score], a2: [store] } })).to.equal(hash);
      expect(hashOf(CHAIN, { ...cut, queues: [queue(parse, { bound: 1, maxInFlight: 2, maxHoldS: 3 })] })).to.equal(
        hash,
      );
      expect(hashOf(CHAIN, { ...cut, types: { doc: Doc }, results: 'none' })).to.equal(hash);
    });

    it('that is another one when a queue comes, goes, or has other lanes', () => {
      const order = (lanes: number): string =>
        hashOf(CHAIN, { ...cut, queues: [queue(parse, { order: { by: () => 1, lanes } })] });
      const others = [hashOf(CHAIN), hashOf(CHAIN, { groups: { cpu: [score] } }), order(1), order(2)];
      expect(new Set([hash, ...others])).to.have.lengthOf(5);
    });
  });

  describe('refuses at start', () => {
    it('a node that is not in the graph', () => {
      const error = thrownBy(() => spread(line(fetch), { groups: { cpu: [score] } }));
      expect(error.code).to.equal('INVALID_OPTION');
      expect(error.message).to.match(
        /^`groups\.cpu` of @Distributed on Docs names TestNode, which is not in the graph/,
      );
      expect(thrownBy(() => spread(line(fetch), { queues: [queue(score)] })).message).to.match(/^`queues` of/);
    });

    it('a queue of a node that has none', () => {
      const error = thrownBy(() => spread(CHAIN, { groups: { cpu: [score, store] }, queues: [queue(store)] }));
      expect(error.code).to.equal('INVALID_OPTION');
      expect(error.message).to.match(/but node "store" gets all its messages inside group "cpu"$/);
      expect(
        spread(CHAIN, { queues: [queue(store, { order: { by: () => 1 } })] }).distributed.entries,
      ).to.have.lengthOf(2);
    });

    it('two queues of one name', () => {
      const lane = pass('score#1');
      const graph = rows([[fetch, [score, lane]]]);
      const options = { groups: { cpu: [lane] }, queues: [queue(score, { order: { by: () => 1 } })] };
      expect(thrownBy(() => spread(graph, options)).message).to.match(/have the name "score#1"/);
    });

    describe('D28 a class without a wire name', () => {
      const typed = (name: string, options: object): NodeClass<unknown> => pass(name, options);
      const cut = (node: NodeClass): object => ({ groups: { cpu: [node] } });

      const places: readonly (readonly [title: string, says: RegExp, make: () => unknown])[] = [
        [
          'of a branch that is cut',
          /^Unnamed, which is the class of a branch from "fetch" to "parse", crosses between processes and is not in `types`/,
          () => spread(rows([[fetch, [{ to: parse, on: Unnamed }]]]), cut(parse)),
        ],
        [
          'of what comes from outside',
          /^Unnamed, which is `input` of "first"/,
          () => spread(line(typed('first', { input: Unnamed }))),
        ],
        [
          'of what a node sends to another group',
          /^Unnamed, which is `output` of "first"/,
          () =>
            spread(line(typed('first', { output: oneOf(Doc, Unnamed) }), parse), {
              ...cut(parse),
              types: { doc: Doc },
            }),
        ],
        [
          'of what a node takes from another group',
          /^Unnamed, which is `input` of "last"/,
          () => {
            const last = typed('last', { input: arrayOf(Unnamed) });
            return spread(line(fetch, last), cut(last));
          },
        ],
        ['of results', /^Unnamed, which is `output` of "only"/, () => spread(line(typed('only', { output: Unnamed })))],
      ];
      for (const [title, says, make] of places) {
        it(title, () => {
          const error = thrownBy(make);
          expect([error.code, error.metadata['class']]).to.deep.equal(['INVALID_OPTION', 'Unnamed']);
          expect(error.message).to.match(says);
          expect(error.hint).to.include('types: { name: Unnamed }');
        });
      }

      it('but not of what stays in the process, of results that nobody gets, and of what crosses by itself', () => {
        const inner = typed('inner', { input: Unnamed, output: Unnamed });
        spread(line(fetch, inner, store));
        spread(line(typed('only', { output: Unnamed })), { results: 'none' });
        spread(line(typed('only', { input: Date, output: FinalAnswer })));
      });

      it('but not of what a node sends on another branch than the one that is cut', () => {
        const first = typed('first', { output: oneOf(Doc, Unnamed) });
        const graph = rows([
          [
            first,
            [
              { to: parse, on: Doc },
              { to: score, on: Unnamed },
            ],
          ],
        ]);
        expect(spread(graph, { ...cut(parse), types: { doc: Doc } }).distributed.types.names).to.deep.equal(['doc']);
      });

      it('and takes those with `@Wire` by itself', () => {
        @Wire('found')
        class Found {}
        const { types } = spread(line(typed('only', { input: Found })), { types: { scored: Scored } }).distributed;
        expect(types.names).to.deep.equal(['found', 'scored']);
      });
    });
  });

  it('D22 names its joins by their nodes, so a join of one source may be cut off', () => {
    const join = joinFrom('join', [fetch]);
    expect(arrows(spread(line(fetch, join as NodeClass), { groups: { cpu: [join] } }).distributed.cuts)).to.deep.equal([
      'fetch -> join',
    ]);
  });
});
