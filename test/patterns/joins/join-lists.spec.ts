import { expect } from 'chai';
import { collect, joinFrom, joinK, Node, type JoinOptions, type NodeClass, type NodeContext } from '#src/index.js';
import { useFlows, type BenchOptions } from '../../support/flows.js';
import { pass, rows } from '../../support/nodes.js';
import { branch, restOf, resultsOf, split } from './support/diamonds.js';

const PLAIN: BenchOptions = {};
const WRAPPED: BenchOptions = { interceptors: [{ intercept: (_invocation, next) => next() }] };

describe('lists that are joined by origin', () => {
  const bench = useFlows();

  /** Two branches of one fork, each with something that makes lists, and a join of both. */
  async function joined(left: NodeClass<unknown>, right: NodeClass<unknown>, drops = '', options = PLAIN) {
    const [a, b] = [branch('a', [drops]), branch('b')];
    const join = joinFrom('join', [left, right]);
    const flow = await bench.run(
      rows([
        [split('src'), [a, b]],
        [a, [left]],
        [b, [right]],
        [left, [join]],
        [right, [join]],
      ]),
      options,
    );
    const missing: unknown[] = [];
    flow.on('join_incomplete', ({ nodeName, extra }) => void missing.push([nodeName, extra['missing']]));
    return { flow, missing };
  }

  const joins = (name: string, options?: JoinOptions): NodeClass<unknown> => joinK(name, 2, options) as never;

  for (const [wrapping, options] of [
    ['alone', PLAIN],
    ['in an interceptor', WRAPPED],
  ] as const) {
    it(`R19b a list descends from what all of its parts do, also where they are not those of the other (${wrapping})`, async () => {
      const { flow, missing } = await joined(joins('left'), joins('right'), '1', options);
      expect(await resultsOf(bench, flow, [1, 2, 3, 4])).to.deep.equal([
        [
          ['2a', '3a'],
          ['1b', '2b'],
        ],
      ]);
      expect(missing).to.deep.equal([
        ['left', ['1 of 2 messages']],
        ['join', ['left']],
      ]);
    });
  }

  it('R19b the same of a list of a class that extends a join, when it is tried again', async () => {
    @Node({ name: 'left', maxRetries: 1 })
    class Left extends (joinK('left', 2) as new () => { process(payload: unknown, ctx: NodeContext): object }) {
      override process(payload: unknown, ctx: NodeContext): object {
        const list = super.process(payload, ctx);
        if (list !== undefined && ctx.attempt === 0) throw new Error('again');
        return list;
      }
    }
    const { flow, missing } = await joined(Left as never, joins('right'), '1');
    await flow.emit([1, 2, 3]);
    expect([await restOf(bench, flow), missing]).to.deep.equal([
      [
        [
          ['2a', '3a'],
          ['1b', '2b'],
        ],
      ],
      [['right', ['1 of 2 messages']]],
    ]);
  });

  it('R19b R19d the same of a list that is late', async () => {
    const { flow } = await joined(
      joinK('left', 3, { timeoutS: 1, onTimeout: 'emit' }) as NodeClass<unknown>,
      joinK('right', 3) as NodeClass<unknown>,
      '1',
    );
    await flow.emit([1, 2, 3]);
    expect(await restOf(bench, flow)).to.deep.equal([
      [
        ['2a', '3a'],
        ['1b', '2b', '3b'],
      ],
    ]);
  });

  it('R19b the same of a list that a key makes: its partner is nobody, where it is of several emissions', async () => {
    const [a, b, c] = [branch('a'), branch('b'), branch('c')];
    // Of row 1 and row 2 the parts are swapped.
    const rowOf = (payload: unknown): string =>
      ({ '1a': 'x', '2b': 'x', '1b': 'y', '2a': 'y' })[payload as string] ?? 'z';
    const swapped = joinFrom('swapped', [a, b], { by: rowOf });
    const last = joinFrom('last', [swapped, c]);
    const flow = await bench.run(
      rows([
        [split('src'), [a, b, c]],
        [a, [swapped]],
        [b, [swapped]],
        [swapped, [last]],
        [c, [last]],
      ]),
    );
    const missing: unknown[] = [];
    flow.on('join_incomplete', ({ nodeName, extra }) => void missing.push([nodeName, extra['missing']]));
    await flow.emit([1, 2, 3]);
    expect(await restOf(bench, flow)).to.deep.equal([[['3a', '3b'], '3c']]);
    const [row, list] = [
      ['last', ['swapped']],
      ['last', ['c']],
    ];
    expect(missing).to.have.deep.members([list, list, row, row]);
  });

  it('R19b R19c what is collected has all of the run: it meets the other of the run, however little is left of one', async () => {
    for (const drops of ['', '1']) {
      const flow = await joined(collect('left') as never, collect('right') as never, drops);
      const [lists] = await resultsOf(bench, flow.flow, [1, 2]);
      expect(lists).to.deep.equal([drops === '' ? ['1a', '2a'] : ['2a'], ['1b', '2b']]);
      expect(flow.missing).to.deep.equal([]);
    }
  });

  it('R19b R19c a list of what one emission became meets its other part', async () => {
    const [pages, title] = [split('pages'), branch('title')];
    const all = collect('all');
    const join = joinFrom('join', [all, title]);
    const flow = await bench.run(
      rows([
        [pass('load'), [pages, title]],
        [pages, [all]],
        [title, [join]],
        [all, [join]],
      ]),
    );
    expect(await resultsOf(bench, flow, ['p'])).to.deep.equal([[['p'], 'ptitle']]);
  });
});
