import { expect } from 'chai';
import * as fc from 'fast-check';
import { FlowError, joinFrom, joinK, type Message, type NodeClass, type NodeContext } from '#src/index.js';
import { JoinBucket } from '#src/patterns/joins/join-bucket.js';
import { testContext } from '#src/testing/index.js';
import { useFlows } from '../../support/flows.js';
import { node } from '../../support/nodes.js';
import { failureOf } from '../../support/settling.js';
import { thrownBy } from '../../support/thrown-by.js';
import { branch, diamond, resultsOf, split } from './support/diamonds.js';

interface Row {
  readonly id: unknown;
  readonly text: string;
}

/** Emits rows in an order of its own, whatever it gets. */
function rowsOf(name: string, ids: readonly unknown[]): NodeClass<unknown> {
  return node(name, async (_payload, ctx: NodeContext) => {
    for (const [index, id] of ids.entries()) await ctx.emit({ id, text: `${name}${index}` } satisfies Row);
  });
}

function texts(results: readonly unknown[]): unknown[] {
  return results.map((parts) => (parts as readonly Row[]).map(({ text }) => text));
}

describe('joinFrom by a key and by order', () => {
  const bench = useFlows();

  it('R19b pairs what has one key, several of a key in order of arrival', async () => {
    const branches = [rowsOf('a', ['x', 'y', 'z', 'x']), rowsOf('b', ['z', 'x', 'x', 'w'])] as const;
    const join = joinFrom('join', branches, { by: (row) => (row as Row).id });
    const flow = await diamond(
      bench,
      node('src', () => 'go'),
      branches,
      join,
    );
    expect(texts(await resultsOf(bench, flow, 'm'))).to.have.deep.members([
      ['a2', 'b0'],
      ['a0', 'b1'],
      ['a3', 'b2'],
    ]);
  });

  it('R19b compares keys as a map does, few or many', async () => {
    const object = {};
    const keys = [Number.NaN, 0, undefined, null, object, '0', 7n];
    for (const more of [[], Array.from({ length: 20 }, (_, n) => `more ${n}`)]) {
      const branches = [
        rowsOf('a', [...more, ...keys]),
        rowsOf('b', [-0, Number.NaN, 7n, undefined, null, object, {}, '0']),
      ] as const;
      const join = joinFrom('join', branches, { by: (row) => (row as Row).id });
      const flow = await diamond(
        bench,
        node('src', () => 'go'),
        branches,
        join,
      );
      const pairs = texts(await resultsOf(bench, flow, 'm'));
      const at = (n: number): string => `a${more.length + n}`;
      expect(pairs).to.have.deep.members([
        [at(1), 'b0'],
        [at(0), 'b1'],
        [at(6), 'b2'],
        [at(2), 'b3'],
        [at(3), 'b4'],
        [at(4), 'b5'],
        [at(5), 'b7'],
      ]);
    }
  });

  it('R19b gives the key what a part is and the message it came in', async () => {
    const seen: unknown[] = [];
    const branches = [branch('a'), branch('b')] as const;
    const by = (payload: unknown, message: Message): unknown => {
      seen.push([payload, message.payload, message.headers.tenant]);
      return message.traceId;
    };
    const flow = await diamond(
      bench,
      node('src', () => 'm'),
      branches,
      joinFrom('join', branches, { by }),
    );
    await flow.emit('m', { tenant: 'acme', traceId: 't' });
    expect(await flow.fetch({ tenant: 'acme', traceId: 't' })).to.deep.equal(['ma', 'mb']);
    expect(seen).to.deep.equal([
      ['ma', 'ma', 'acme'],
      ['mb', 'mb', 'acme'],
    ]);
  });

  it('R19b keys of two runs are never the same', async () => {
    const branches = [branch('a', ['1']), branch('b', ['2'])] as const;
    const join = joinFrom('join', branches, { by: () => 'key' });
    const flow = await diamond(
      bench,
      node('src', (payload) => payload),
      branches,
      join,
    );
    for (const n of [1, 2, 3]) await flow.emit(n);
    expect(await flow.fetch()).to.deep.equal(['3a', '3b']);
  });

  it('R19b a key that cannot be made fails the join, which names it', async () => {
    const branches = [branch('a'), branch('b')] as const;
    const bad = {
      threw: (): never => {
        throw new Error('no such field');
      },
      'answered with a promise': () => Promise.reject(new Error('late')),
    };
    for (const [what, by] of Object.entries(bad)) {
      const flow = await diamond(
        bench,
        node('src', () => 'm'),
        branches,
        joinFrom('join', branches, { by }),
      );
      const error = await failureOf(flow.call('m'));
      expect([error.code, error.nodeName]).to.deep.equal(['NODE_EXCEPTION', 'join']);
      const cause = error.cause as FlowError;
      expect(cause.code).to.equal('INVALID_OPTION');
      expect(cause.message).to.contain(`\`by\` of join "join" ${what}`);
      expect(cause.message.includes('no such field')).to.equal(what === 'threw');
      expect(cause.hint).to.contain('at once');
    }
  });

  it('R19b pairs the nth of one node with the nth of the other, by order', async () => {
    const branches = [branch('a', ['2']), branch('b')] as const;
    const flow = await diamond(bench, split('src'), branches, joinFrom('join', branches, { by: 'order' }));
    expect(await resultsOf(bench, flow, [1, 2, 3])).to.deep.equal([
      ['1a', '1b'],
      ['3a', '2b'],
    ]);
  });

  it('R19b is told what to pair by in one of three ways', () => {
    for (const by of ['key', 7, null, {}]) {
      const error = thrownBy(() => joinFrom('join', ['a', 'b'], { by } as never));
      expect(error.code).to.equal('INVALID_OPTION');
      expect(error.message).to.contain('`by` of joinFrom "join"');
    }
    expect(thrownBy(() => joinFrom('join', ['a', 'b'], null as never)).code).to.equal('INVALID_OPTION');
    expect(thrownBy(() => joinK('join', 2, { by: 'order' } as never)).code).to.equal('INVALID_OPTION');
  });
});

describe('the buckets of a join', () => {
  /** What a join of three gives for parts that come one after the other; each has a key and a place. */
  function joined(parts: readonly (readonly [key: number, place: number])[], retried: ReadonlySet<number>): unknown[] {
    const join = new (joinFrom('join', ['p0', 'p1', 'p2'], { by: (payload) => (payload as Row).id }))();
    const { message } = testContext();
    const results: unknown[] = [];
    for (const [delivery, [id, place]] of parts.entries()) {
      const at = (attempt: number) => testContext({ delivery, attempt, source: `p${place}`, message });
      const part = { id, text: String(delivery) } as never;
      const result = join.process(part, at(0)) as Message | undefined;
      if (result !== undefined) results.push(result.payload);
      // A retry adds nothing, neither where its parts wait nor when they are complete.
      if (retried.has(delivery)) expect(join.process(part, at(1))).to.equal(result);
    }
    return texts(results);
  }

  /** The nth of each place with the nth of the others, key by key. */
  function expected(parts: readonly (readonly [key: number, place: number])[]): unknown[] {
    const open = new Map<number, string[][]>();
    const results: string[][] = [];
    for (const [delivery, [key, place]] of parts.entries()) {
      const lines = open.get(key) ?? [[], [], []];
      open.set(key, lines);
      lines[place]?.push(String(delivery));
      if (lines.every(({ length }) => length > 0)) results.push(lines.map((each) => each.shift() as string));
    }
    return results;
  }

  it('R19b are found by key and place, few or many, also by a retry', () => {
    const part = fc.tuple(fc.nat(25), fc.nat(2));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 300, size: 'max' }), fc.array(fc.nat(299)), (parts, retried) => {
        expect(joined(parts, new Set(retried))).to.deep.equal(expected(parts));
      }),
      { numRuns: 200 },
    );
  });

  it('R19b are found in the same time, however many there are', () => {
    const looks = { takes: 0, holds: 0, lacks: 0 };
    const names = Object.keys(looks) as (keyof typeof looks)[];
    const before = names.map((name) => JoinBucket.prototype[name] as (...given: unknown[]) => boolean);
    for (const [index, name] of names.entries()) {
      JoinBucket.prototype[name] = function (this: JoinBucket, ...given: unknown[]): boolean {
        looks[name]++;
        return (before[index] as (...given: unknown[]) => boolean).apply(this, given);
      };
    }
    try {
      for (const keyOf of [(n: number) => n, () => 0]) {
        const all = Array.from({ length: 3_000 }, (_, n) => n);
        const parts = [0, 1, 2].flatMap((place) => all.map((n) => [keyOf(n), place] as const));
        expect(joined(parts, new Set())).to.have.length(all.length);
        expect(looks.takes + looks.holds + looks.lacks).to.be.lessThan(10 * parts.length);
      }
    } finally {
      for (const [index, name] of names.entries()) JoinBucket.prototype[name] = before[index] as never;
    }
  });
});
