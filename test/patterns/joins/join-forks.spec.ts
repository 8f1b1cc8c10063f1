import { expect } from 'chai';
import { FinalAnswer, joinFrom, Node, WorkingMemory, type NodeClass, type NodeContext } from '#src/index.js';
import type { UncheckedRow } from '#src/graph/unchecked-graph.js';
import { useFlows } from '../../support/flows.js';
import { held, node, rows } from '../../support/nodes.js';
import { readAll } from '../../support/read-all.js';
import { settle } from '../../support/settling.js';
import { branch, diamond, restOf, resultsOf, rowsTo, split } from './support/diamonds.js';

describe('joinFrom by origin, whatever the fork is and whatever is around the join', () => {
  const bench = useFlows();

  describe('at the ingress', () => {
    it('R19b the run is the origin', async () => {
      const [a, b] = [branch('a'), branch('b')];
      const flow = await bench.run(rows(rowsTo(joinFrom('join', [a, b]), [a, b])));
      expect(await Promise.all([1, 2, 3].map((n) => flow.call(n)))).to.deep.equal(
        [1, 2, 3].map((n) => [`${n}a`, `${n}b`]),
      );
    });

    it('R19b each joined emit that goes in everywhere is an origin', async () => {
      const [a, b] = [branch('a', ['2']), branch('b', ['1'])];
      const flow = await bench.run(rows(rowsTo(joinFrom('join', [a, b]), [a, b])));
      for (const n of [1, 2, 3]) await flow.emit(n, { traceId: 't', join: true });
      expect(await restOf(bench, flow)).to.deep.equal([['3a', '3b']]);
    });

    it('R19b joined emits to one node each share one by number, also those of tryEmit', async () => {
      const [a, b] = [branch('a', ['1']), branch('b')];
      const flow = await bench.run(rows(rowsTo(joinFrom('join', [a, b]), [a, b])));
      const joined = { traceId: 't', join: true };
      for (const n of [1, 2, 3]) await flow.emit(n, { ...joined, to: 'b' });
      for (const n of [1, 2, 3]) flow.tryEmit(n, { ...joined, to: 'a' });
      expect(await restOf(bench, flow)).to.deep.equal([
        ['2a', '2b'],
        ['3a', '3b'],
      ]);
    });

    it('R13 R19b parts let go of their run when their own deadlines pass, however many wait', async () => {
      const [a, b] = [branch('a'), branch('b')];
      const flow = await bench.run(rows(rowsTo(joinFrom('join', [a, b]), [a, b])));
      for (let n = 0; n < 20; n++) await flow.emit(n, { traceId: 't', join: true, to: 'a', timeoutS: 1 });
      expect(flow.snapshot().traces).to.equal(1);
      await bench.clock.advance(1_000);
      expect(flow.snapshot().traces).to.equal(0);
    });

    it('R19b a joined emit that was given up does not count', async () => {
      const { node: a, calls } = held('a');
      const b = branch('b');
      const flow = await bench.run(rows(rowsTo(joinFrom('join', [a, b]), [a, b])), { queueMaxsize: 1 });
      const joined = { traceId: 't', join: true };
      await flow.emit(1, { ...joined, to: 'a' });
      await flow.emit(2, { ...joined, to: 'a' });
      const leaving = new AbortController();
      const given = flow.emit('gone', { ...joined, to: 'a', signal: leaving.signal }).catch(() => 'given up');
      leaving.abort();
      expect(await given).to.equal('given up');
      const waits = flow.emit(3, { ...joined, to: 'a' });
      for (const n of [1, 2, 3]) {
        await flow.emit(n, { ...joined, to: 'b' });
        await settle();
        calls[n - 1]?.resolve(`${n}a`);
        await settle();
      }
      await waits;
      expect(await restOf(bench, flow)).to.deep.equal([1, 2, 3].map((n) => [`${n}a`, `${n}b`]));
    });
  });

  describe('whatever the fork is', () => {
    it('R19b a source of the join', async () => {
      const src = split('src');
      const a = branch('a', ['2']);
      const join = joinFrom('join', ['src', 'a']);
      const flow = await bench.run(
        rows([
          [src, [join, a]],
          [a, [join]],
        ]),
      );
      expect(await resultsOf(bench, flow, [1, 2, 3])).to.deep.equal([
        [1, '1a'],
        [3, '3a'],
      ]);
    });

    it('R19b another join', async () => {
      const [a, b] = [branch('a'), branch('b')];
      const [c, d] = [branch('c', ['1a,1b']), branch('d')];
      const first = joinFrom('first', [a, b]);
      const second = joinFrom('second', [c, d]);
      const list: UncheckedRow[] = [
        [split('src'), [a, b]],
        [a, [first]],
        [b, [first]],
        [first, [c, d]],
        [c, [second]],
        [d, [second]],
      ];
      const flow = await bench.run(rows(list));
      expect(await resultsOf(bench, flow, [1, 2])).to.deep.equal([['2a,2bc', '2a,2bd']]);
    });

    it('R19b a node with an edge to itself, and an ordered one that works on several messages', async () => {
      const fork = node(
        'fork',
        async (n, ctx: NodeContext) => {
          await ctx.sleep(4 - Number(n));
          if (n === 3) await ctx.emit(1, { to: 'fork' });
          await ctx.emit(`${String(n)}x`, { to: ['a', 'b'] });
          await ctx.emit(`${String(n)}y`, { to: 'b' });
          await ctx.emit(`${String(n)}y`, { to: 'a' });
        },
        { concurrency: 3, ordered: true },
      );
      const [a, b] = [branch('a', ['1x', '3y']), branch('b', ['2x'])];
      const join = joinFrom('join', [a, b]);
      const list: UncheckedRow[] = [
        [split('src'), [fork]],
        [fork, [fork, a, b]],
        [a, [join]],
        [b, [join]],
      ];
      const flow = await bench.run(rows(list), { allowCycles: true });
      expect(await resultsOf(bench, flow, [2, 3])).to.deep.equal([
        ['2ya', '2yb'],
        ['3xa', '3xb'],
        ['1ya', '1yb'],
      ]);
    });

    it('R19b a node that returns messages of its own, or the one it got', async () => {
      const src = split('src');
      const fork = node('fork', (payload, ctx: NodeContext) =>
        payload === 2 ? ctx.message : ctx.message.with({ payload: `${String(payload)}!`, meta: { n: payload } }),
      );
      const [a, b] = [
        node('a', (payload, ctx: NodeContext) => (payload === '1!' ? undefined : ctx.message)),
        node('b', (payload, ctx: NodeContext) => ctx.message.with({ payload: `${String(payload)}b` })),
      ];
      const join = joinFrom('join', [a, b]);
      const flow = await bench.run(
        rows([
          [src, [fork]],
          [fork, [a, b]],
          [a, [join]],
          [b, [join]],
        ]),
      );
      expect(await resultsOf(bench, flow, [1, 2, 3])).to.deep.equal([
        [2, '2b'],
        ['3!', '3!b'],
      ]);
    });

    it('R19b R19 a node that comes before a controller whose steps are read', async () => {
      const controller = node('controller', (payload) =>
        WorkingMemory.is(payload) ? new FinalAnswer(payload.query) : new WorkingMemory(String(payload)),
      );
      const b = branch('b', ['2']);
      const join = joinFrom('join', [controller, b]);
      const seen: string[] = [];
      const tell = node('tell', (parts) => {
        const [answer, other] = parts as readonly [FinalAnswer, string];
        seen.push(`${answer.text} ${other}`);
      });
      const list: UncheckedRow[] = [
        [split('src'), [controller, b]],
        [
          controller,
          [
            { to: controller, on: WorkingMemory },
            { to: join, on: FinalAnswer },
          ],
        ],
        [b, [join]],
        [join, [tell]],
      ];
      const flow = await bench.run(rows(list), { allowCycles: true });
      await readAll(flow.stream([1, 2, 3]));
      expect(seen).to.deep.equal(['1 1b', '3 3b']);
    });

    it('R19b R18 a node that sends chunks', async () => {
      const src = node('src', async (_payload, ctx: NodeContext) => {
        for (const text of ['x', 'y']) await ctx.emitChunk(text, { to: 'a' });
        for (const text of ['x', 'y']) await ctx.emitChunk(text, { to: 'b' });
      });
      const text = (name: string, drops: string): NodeClass<unknown> =>
        node(name, (chunk) => {
          const got = (chunk as { readonly text: string }).text;
          return got === drops ? undefined : got;
        });
      const flow = await diamond(bench, src, [text('a', 'x'), text('b', '')]);
      expect(await resultsOf(bench, flow, 'm')).to.deep.equal([['y', 'y']]);
    });
  });

  describe('whatever is around the join', () => {
    const kinds: Readonly<Record<string, (join: NodeClass<unknown>) => NodeClass<unknown>>> = {
      'a class that extends it': (join) => {
        @Node({ name: 'join', maxRetries: 1 })
        class Extended extends (join as new () => { readonly process: () => undefined }) {}
        return Extended;
      },
      'an interceptor': (join) => {
        @Node({
          name: 'join',
          interceptors: [{ intercept: (_invocation, next) => next() }],
        })
        class Wrapped extends (join as new () => { readonly process: () => undefined }) {}
        return Wrapped;
      },
    };
    for (const [kind, wrap] of Object.entries(kinds)) {
      it(`R19b ${kind} pairs as it does`, async () => {
        const branches = [branch('a', ['2']), branch('b', ['3'])] as const;
        const flow = await diamond(bench, split('src'), branches, wrap(joinFrom('join', branches)));
        expect(await resultsOf(bench, flow, [1, 2, 3, 4])).to.deep.equal([
          ['1a', '1b'],
          ['4a', '4b'],
        ]);
      });
    }

    it('R19b R19 with a deadline of its own it names what this origin lacks, or sends on what it has', async () => {
      const branches = [branch('a', ['2']), branch('b', ['3'])] as const;
      const join = joinFrom('join', branches, { timeoutS: 2, onTimeout: 'emit' });
      const flow = await diamond(bench, split('src'), branches, join);
      expect(await resultsOf(bench, flow, [1, 2, 3])).to.have.deep.members([
        ['1a', '1b'],
        [undefined, '2b'],
        ['3a', undefined],
      ]);
    });
  });
});
