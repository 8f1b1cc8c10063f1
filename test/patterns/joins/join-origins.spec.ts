import { expect } from 'chai';
import { joinFrom, predicateRouter, type NodeContext } from '#src/index.js';
import type { UncheckedRow } from '#src/graph/unchecked-graph.js';
import { ForkOrigins } from '#src/runtime/routing/fork-origins.js';
import { useFlows } from '../../support/flows.js';
import { held, node, pass, rows } from '../../support/nodes.js';
import { branch, diamond, restOf, resultsOf, split } from './support/diamonds.js';

describe('joinFrom by origin', () => {
  const bench = useFlows();

  it('R19b a part that is dropped shifts nothing', async () => {
    const flow = await diamond(bench, split('src'), [branch('a', ['2']), branch('b', ['4'])]);
    expect(await resultsOf(bench, flow, [1, 2, 3, 4, 5])).to.deep.equal([
      ['1a', '1b'],
      ['3a', '3b'],
      ['5a', '5b'],
    ]);
  });

  it('R19b parts that overtake each other mix nothing, nor do those that are tried again', async () => {
    const slow = node(
      'slow',
      async (payload, ctx: NodeContext) => {
        await ctx.sleep(5 - Number(payload));
        if (payload === 3 && ctx.attempt === 0) throw new Error('again');
        return `${String(payload)}slow`;
      },
      { concurrency: 4, maxRetries: 1, backoffBaseS: 4 },
    );
    const flow = await diamond(bench, split('src'), [slow, branch('b')]);
    expect(await resultsOf(bench, flow, [1, 2, 3, 4])).to.have.deep.members(
      [1, 2, 3, 4].map((n) => [`${n}slow`, `${n}b`]),
    );
  });

  it('R19b an emission of the fork on several edges is an origin, whether it was returned or emitted', async () => {
    const src = node('src', async (_payload, ctx: NodeContext) => {
      await ctx.emit(1);
      await ctx.emit(2, { to: ['a', 'b'] });
      return 3;
    });
    const flow = await diamond(bench, src, [branch('a', ['1']), branch('b', ['2'])]);
    expect(await resultsOf(bench, flow, 'm')).to.deep.equal([['3a', '3b']]);
  });

  it('R19b every value of its iterable is an origin, also those on one edge each', async () => {
    const [a, b] = [branch('a'), branch('b')];
    const join = joinFrom('join', [a, b]);
    const toA = { to: a, when: (n: never) => Number(n) < 3 };
    const toB = { to: b, when: (n: never) => Number(n) > 1 };
    const list: UncheckedRow[] = [
      [split('src'), [toA, toB]],
      [a, [join]],
      [b, [join]],
    ];
    const flow = await bench.run(rows(list));
    expect(await resultsOf(bench, flow, [1, 2, 3])).to.deep.equal([['2a', '2b']]);
  });

  it('R19b emissions on one edge each share an origin by number', async () => {
    const src = node('src', async (_payload, ctx: NodeContext) => {
      for (const n of [1, 2, 3]) await ctx.emit(`x${n}`, { to: 'a' });
      for (const n of [1, 2, 3]) await ctx.emit(`y${n}`, { to: 'b' });
    });
    const flow = await diamond(bench, src, [branch('a', ['x2']), branch('b', ['y1'])]);
    expect(await resultsOf(bench, flow, 'm')).to.deep.equal([['x3a', 'y3b']]);
  });

  it('R19b emissions on several edges do not count among those on one', async () => {
    const src = node('src', async (_payload, ctx: NodeContext) => {
      await ctx.emit('1', { to: 'a' });
      await ctx.emit('both');
      await ctx.emit('1', { to: 'b' });
    });
    const flow = await diamond(bench, src, [branch('a', ['both']), branch('b')]);
    expect(await resultsOf(bench, flow, 'm')).to.deep.equal([['1a', '1b']]);
  });

  it('R19b what a router sends belongs together, message by message', async () => {
    const router = predicateRouter('router', (n) => (n === 2 ? ['a'] : n === 4 ? ['b'] : ['a', 'b']), {
      concurrency: 3,
    });
    const [a, b] = [branch('a', ['1']), branch('b')];
    const join = joinFrom('join', [a, b]);
    const list: UncheckedRow[] = [
      [split('src'), [router]],
      [router, [a, b]],
      [a, [join]],
      [b, [join]],
    ];
    const flow = await bench.run(rows(list));
    expect(await resultsOf(bench, flow, [1, 2, 3, 4, 5])).to.deep.equal([
      ['3a', '3b'],
      ['5a', '5b'],
    ]);
  });

  it('R19b the count goes on when the fork is tried again', async () => {
    const src = node(
      'src',
      async (_payload, ctx: NodeContext) => {
        await ctx.emit(`${ctx.attempt}`, { to: 'a' });
        if (ctx.attempt === 0) throw new Error('again');
        await ctx.emit(`${ctx.attempt}`, { to: 'b' });
        await ctx.emit('last', { to: 'b' });
      },
      { maxRetries: 1, backoffBaseS: 1 },
    );
    const flow = await diamond(bench, src, [branch('a'), branch('b')]);
    expect(await resultsOf(bench, flow, 'm')).to.deep.equal([
      ['0a', '1b'],
      ['1a', 'lastb'],
    ]);
  });

  it('R19b an emission that found no room in time does not count', async () => {
    const router = predicateRouter('router', () => ['a', 'b'], { timeoutS: 1, maxRetries: 9, backoffBaseS: 0.1 });
    const { node: b, calls } = held('b');
    const a = branch('a');
    const flow = await diamond(bench, router, [a, b], undefined, { queueMaxsize: 1 });
    for (const n of [1, 2, 3]) await flow.emit(n);
    await bench.clock.advance(3_000);
    expect(flow.snapshot().nodes.find(({ name }) => name === 'router')).to.include({ retried: 2 });
    for (let n = 1; n <= 3; n++) {
      calls[n - 1]?.resolve(`${n}b`);
      await bench.clock.advance(2_000);
    }
    expect(await restOf(bench, flow)).to.deep.equal([1, 2, 3].map((n) => [`${n}a`, `${n}b`]));
  });

  it('R19b two deliveries of one message are two messages of the fork', async () => {
    // Both hand on what they got, which is one and the same parcel.
    const [left, right] = [pass('left'), pass('right')];
    const fork = node('fork', async (_payload, ctx: NodeContext) => {
      await ctx.emit(ctx.source, { to: 'a' });
      if (ctx.source === 'right') await ctx.emit(ctx.source, { to: 'b' });
    });
    const [a, b] = [branch('a'), branch('b')];
    const join = joinFrom('join', [a, b]);
    const list: UncheckedRow[] = [
      [pass('src'), [left, right]],
      [left, [fork]],
      [right, [fork]],
      [fork, [a, b]],
      [a, [join]],
      [b, [join]],
    ];
    const flow = await bench.run(rows(list));
    expect(await resultsOf(bench, flow, 'm')).to.deep.equal([['righta', 'rightb']]);
  });

  it('R19b passing the fork again replaces the origin', async () => {
    const fork = pass('fork');
    // What is left over of the first round waits for the same round of the other branch.
    const a = node('a', async (round, ctx: NodeContext) => {
      await ctx.emit(`a${String(round)}`);
      if (round === 0) await ctx.emit('left over');
    });
    const b = node('b', (round) => `b${String(round)}`);
    const seen: unknown[] = [];
    const join = joinFrom('join', [a, b]);
    const again = node('again', (parts) => {
      seen.push(parts);
      return seen.length < 3 ? seen.length : undefined;
    });
    const list: UncheckedRow[] = [
      [fork, [a, b]],
      [a, [join]],
      [b, [join]],
      [join, [again]],
      [again, [fork]],
    ];
    const flow = await bench.run(rows(list, [fork]), { allowCycles: true });
    await resultsOf(bench, flow, 0);
    expect(seen).to.deep.equal([
      ['a0', 'b0'],
      ['a1', 'b1'],
      ['a2', 'b2'],
    ]);
  });

  it('R19b what a join emits carries what its parts had above the fork', async () => {
    const outer = split('outer');
    const inner = node('inner', async function* (payload) {
      yield `${String(payload)}x`;
      yield `${String(payload)}y`;
    });
    const [a, b, c] = [branch('a', ['1y', '2x']), branch('b', ['1x']), branch('c', ['3'])];
    const near = joinFrom('near', [a, b]);
    const far = joinFrom('far', [near, c]);
    const list: UncheckedRow[] = [
      [outer, [inner, c]],
      [inner, [a, b]],
      [a, [near]],
      [b, [near]],
      [near, [far]],
      [c, [far]],
    ];
    const flow = await bench.run(rows(list));
    // Of 1 nothing is left; of 2 the ys; of 3 both, and nothing on the other side; of 4 two for one.
    expect(await resultsOf(bench, flow, [1, 2, 3, 4])).to.deep.equal([
      [['2ya', '2yb'], '2c'],
      [['4xa', '4xb'], '4c'],
    ]);
  });

  it('R19b joins in a row may have one fork', async () => {
    const [a, b, c] = [branch('a', ['1']), branch('b'), branch('c', ['2'])];
    const first = joinFrom('first', [a, b]);
    const second = joinFrom('second', [first, c]);
    const list: UncheckedRow[] = [
      [split('src'), [a, b, c]],
      [a, [first]],
      [b, [first]],
      [first, [second]],
      [c, [second]],
    ];
    const flow = await bench.run(rows(list));
    expect(await resultsOf(bench, flow, [1, 2, 3])).to.deep.equal([[['3a', '3b'], '3c']]);
  });

  it('R19b joins with different forks see the same messages each in its own way', async () => {
    const outer = split('outer');
    const inner = split('inner');
    const [a, b, c] = [branch('a'), branch('b', ['x']), branch('c')];
    const near = joinFrom('near', [a, b]);
    const far = joinFrom('far', [a, c]);
    const list: UncheckedRow[] = [
      [outer, [inner, c]],
      [inner, [a, b]],
      [a, [near, far]],
      [b, [near]],
      [c, [far]],
    ];
    const flow = await bench.run(rows(list));
    const results = await resultsOf(bench, flow, [['x', 'y'], ['z']]);
    expect(results).to.have.deep.members([
      ['ya', 'yb'],
      ['za', 'zb'],
      ['xa', 'x,yc'],
      ['za', 'zc'],
    ]);
  });

  it('R19b several parts of one source under one origin pair in order of arrival', async () => {
    const a = node('a', async function* (payload) {
      yield `${String(payload)}a1`;
      yield `${String(payload)}a2`;
    });
    const b = node(
      'b',
      async (payload, ctx: NodeContext) => {
        if (payload === 1) await ctx.sleep(3);
        await ctx.emit(`${String(payload)}b1`);
        await ctx.emit(`${String(payload)}b2`);
      },
      { concurrency: 2 },
    );
    const flow = await diamond(bench, split('src'), [a, b]);
    expect(await resultsOf(bench, flow, [1, 2])).to.deep.equal([
      ['2a1', '2b1'],
      ['2a2', '2b2'],
      ['1a1', '1b1'],
      ['1a2', '1b2'],
    ]);
  });

  it('R19b only a fork gives origins: no other node, and no graph without such a join', async () => {
    const given: string[] = [];
    const { own } = ForkOrigins.prototype;
    ForkOrigins.prototype.own = function (this: ForkOrigins, parcel) {
      given.push(String(parcel.payload));
      return own.call(this, parcel);
    };
    try {
      const branches = [branch('a'), branch('b')] as const;
      const flow = await diamond(bench, pass('fork'), branches);
      expect(await resultsOf(bench, flow, 'm')).to.deep.equal([['ma', 'mb']]);
      expect(given).to.deep.equal(['m']);
      const others = await diamond(bench, pass('fork'), branches, joinFrom('join', branches, { by: 'order' }));
      expect(await resultsOf(bench, others, 'm')).to.deep.equal([['ma', 'mb']]);
      expect(given).to.deep.equal(['m']);
    } finally {
      ForkOrigins.prototype.own = own;
    }
  });
});
