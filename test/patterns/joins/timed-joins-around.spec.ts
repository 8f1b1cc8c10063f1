import { expect } from 'chai';
import { collect, joinFrom, joinK, Message, Node, type NodeClass, type NodeContext } from '#src/index.js';
import { testContext } from '#src/testing/index.js';
import { record, shortForm, useFlows } from '../../support/flows.js';
import { held, node, pass, rows } from '../../support/nodes.js';
import { codeOf, failureOf, settle } from '../../support/settling.js';
import { diamond, restOf, rowsTo } from './support/diamonds.js';
import { finish, nodeOf } from './support/waiting.js';

/** A join as a class that another one may extend. */
type JoinClass = new () => { process(payload: unknown, ctx: NodeContext): unknown };

class Part {
  declare readonly value: number;
}

/** Refuses what is no part. */
const PART = {
  '~standard': {
    version: 1 as const,
    vendor: 'test',
    validate: (value: unknown) =>
      typeof (value as Part | undefined)?.value === 'number'
        ? { value: value as Part }
        : { issues: [{ message: 'is no part' }] },
  },
};

/** Hands on what it gets after a second. */
function slowly(name: string): NodeClass<unknown> {
  return node(
    name,
    async (payload, ctx) => {
      await ctx.sleep(1);
      return payload;
    },
    { concurrency: 9 },
  );
}

describe('around a timed join', () => {
  const bench = useFlows();

  describe('a class that extends it', () => {
    it('R15 R19d checks its input, and takes what says that time is up for the part it is', async () => {
      const b = held('b');
      const a = pass('a');
      @Node({ name: 'join', input: PART })
      class Checked extends (joinFrom('inner', [a, b.node], {
        timeoutS: 5,
        onTimeout: 'emit',
      }) as unknown as JoinClass) {}
      const flow = await diamond(bench, pass('fork'), [a, b.node], Checked);
      const call = flow.call({ value: 1 });
      await bench.clock.advance(5_000);
      expect(await call).to.deep.equal([{ value: 1 }, undefined]);
      expect(await codeOf(flow.call('no part'))).to.equal('VALIDATION_FAILED');
    });

    it('R19d sees the first part once more, and what is made of it', async () => {
      const b = held('b');
      const a = pass('a');
      const seen: unknown[] = [];
      @Node({ name: 'join' })
      class Wrapped extends (joinFrom('inner', [a, b.node], {
        timeoutS: 5,
        onTimeout: 'emit',
      }) as unknown as JoinClass) {
        override async process(payload: unknown, ctx: NodeContext): Promise<unknown> {
          seen.push([payload, ctx.source]);
          const joined = (await super.process(payload, ctx)) as Message | undefined;
          return joined?.with({ payload: { list: joined.payload } });
        }
      }
      const flow = await diamond(bench, pass('fork'), [a, b.node], Wrapped as NodeClass<unknown>);
      const late = flow.call(1);
      await bench.clock.advance(5_000);
      expect(await late).to.deep.equal({ list: [1, undefined] });
      expect(seen).to.deep.equal([
        [1, 'a'],
        [1, 'a'],
      ]);
      await finish(b.calls[0]);
      const inTime = flow.call(2);
      await settle();
      await finish(b.calls[1]);
      expect(await inTime).to.deep.equal({ list: [2, 2] });
    });

    it('R19d knows where the first part came from', async () => {
      const a = held('a');
      const b = pass('b');
      const seen: unknown[] = [];
      @Node({ name: 'join' })
      class Seeing extends (joinFrom('inner', [a.node, b], { timeoutS: 5 }) as unknown as JoinClass) {
        override process(payload: unknown, ctx: NodeContext): unknown {
          seen.push(ctx.source);
          return super.process(payload, ctx);
        }
      }
      const flow = await diamond(bench, pass('fork'), [a.node, b], Seeing as NodeClass<unknown>);
      const code = codeOf(flow.call(1));
      await bench.clock.advance(5_000);
      expect(await code).to.equal('JOIN_TIMEOUT');
      expect(seen).to.deep.equal(['b', 'b']);
    });

    it('R10 R19d that is tried again gives the same list again', async () => {
      const b = held('b');
      const a = pass('a');
      const tries: unknown[] = [];
      @Node({ name: 'join', maxRetries: 2, backoffBaseS: 1 })
      class Flaky extends (joinFrom('inner', [a, b.node], { timeoutS: 5, onTimeout: 'emit' }) as unknown as JoinClass) {
        override process(payload: unknown, ctx: NodeContext): unknown {
          const joined = super.process(payload, ctx) as Message | undefined;
          if (joined !== undefined) tries.push([ctx.attempt, joined.payload]);
          if (joined !== undefined && ctx.attempt === 0) throw new Error('once');
          return joined;
        }
      }
      const flow = await diamond(bench, pass('fork'), [a, b.node], Flaky as NodeClass<unknown>);
      const call = flow.call(1);
      await bench.clock.advance(10_000);
      expect(await call).to.deep.equal([1, undefined]);
      expect(tries).to.deep.equal([
        [0, [1, undefined]],
        [1, [1, undefined]],
      ]);
    });

    it('R10 R19d is not tried again because its time is up', async () => {
      const b = held('b');
      const a = pass('a');
      @Node({ name: 'join', maxRetries: 2, concurrency: 3 })
      class Retried extends (joinFrom('inner', [a, b.node], { timeoutS: 5 }) as unknown as JoinClass) {}
      const flow = await diamond(bench, pass('fork'), [a, b.node], Retried);
      const events = record(flow);
      const call = failureOf(flow.call(1));
      await bench.clock.advance(5_000);
      expect((await call).code).to.equal('JOIN_TIMEOUT');
      expect(shortForm(events)).to.not.include('join:node_retry');
    });

    it('R19d holds no slot of it, whatever its concurrency', async () => {
      const b = held('b', { concurrency: 9 });
      const a = pass('a');
      @Node({ name: 'join' })
      class Plain extends (joinFrom('inner', [a, b.node], { timeoutS: 5 }) as unknown as JoinClass) {}
      const flow = await diamond(bench, pass('fork'), [a, b.node], Plain);
      const calls = [1, 2, 3].map((n) => flow.call(n));
      await settle();
      expect(nodeOf(flow)).to.include({ waiting: 3, inFlight: 0 });
      for (const call of b.calls.toReversed()) await finish(call);
      expect(await Promise.all(calls)).to.have.lengthOf(3);
    });

    it('R15 R19e a class that extends a collect checks its input, too', async () => {
      @Node({ name: 'all', input: PART })
      class All extends (collect('parts') as unknown as JoinClass) {}
      const flow = await bench.run(
        rows([
          [pass('fork'), [All]],
          [All, []],
        ]),
      );
      expect(await flow.call({ value: 1 })).to.deep.equal([{ value: 1 }]);
    });
  });

  it('R19d a list that hands on the first part as it is means nothing to the next join', async () => {
    const [b, c] = [held('b'), held('c')];
    const a = pass('a');
    @Node({ name: 'first' })
    class First extends (joinFrom('inner', [a, b.node], { timeoutS: 5, onTimeout: 'emit' }) as unknown as JoinClass) {
      override process(payload: unknown, ctx: NodeContext): unknown {
        return super.process(payload, ctx) === undefined ? undefined : ctx.message;
      }
    }
    const second = joinFrom('second', [First as NodeClass<unknown>, c.node], { timeoutS: 60 }) as NodeClass<unknown>;
    const flow = await bench.run(
      rows([
        [pass('fork'), [a, b.node, c.node]],
        ...rowsTo(First as NodeClass<unknown>, [a, b.node]),
        ...rowsTo(second, [First as NodeClass<unknown>, c.node]),
      ]),
    );
    const call = flow.call(1);
    await bench.clock.advance(5_000);
    expect(nodeOf(flow, 'second').waiting).to.equal(1);
    await finish(c.calls[0]);
    expect(await call).to.deep.equal([1, 1]);
  });

  it('R6b R19d a join on a cycle takes turns with its gate, and each message comes to its end', async () => {
    const [a, b] = [pass('a'), slowly('b')];
    const join = joinFrom('join', [a, b], { timeoutS: 600, maxWaiting: 2 }) as NodeClass<unknown>;
    const fork = pass('fork');
    const again = node('again', async (list, ctx) => {
      const [hops] = list as [number];
      if (hops === 0) return list;
      await ctx.emit(hops - 1, { to: 'fork' });
      return undefined;
    });
    const end = pass('end');
    const flow = await bench.run(
      rows(
        [
          [fork, [a, b]],
          ...rowsTo(join, [a, b]),
          [join, [again]],
          [again, [{ to: fork, back: true, when: () => false }, end] as never],
          [end, []],
        ],
        [fork],
      ),
      { queueMaxsize: 2, allowCycles: true },
    );
    const calls = Array.from({ length: 20 }, () => flow.call(3));
    await bench.clock.advance(200_000);
    expect(await Promise.all(calls)).to.deep.equal(Array.from({ length: 20 }, () => [0, 0]));
    expect(nodeOf(flow).waiting).to.equal(0);
  });

  for (const [by, first] of [
    ['order', [1, 1]],
    [(payload: unknown) => (payload as number) % 2, [1, 1]],
  ] as const) {
    it(`R19d pairs by ${typeof by === 'string' ? by : 'a key'} within its time`, async () => {
      const b = held('b', { concurrency: 9 });
      const a = pass('a');
      const join = joinFrom('join', [a, b.node], { by, timeoutS: 5, maxWaiting: 1, onTimeout: 'emit' });
      const flow = await diamond(bench, pass('fork'), [a, b.node], join as NodeClass<unknown>);
      await flow.emit(1, { traceId: 't', join: true });
      await flow.emit(2, { traceId: 't', join: true });
      await settle();
      expect(nodeOf(flow)).to.include({ waiting: 1, queued: 1 });
      await finish(b.calls[0]);
      expect(await flow.fetch()).to.deep.equal(first);
      expect(nodeOf(flow)).to.include({ waiting: 1, queued: 0 });
      await bench.clock.advance(5_000);
      expect(await flow.fetch()).to.deep.equal([2, undefined]);
    });
  }

  it('R19d with the public side of a context alone the first arrival waits in its attempt', async () => {
    const join = new (joinK<string>('join', 2, { timeoutS: 5 }))();
    const contexts = [0, 1].map((delivery) => testContext({ delivery }));
    const messages = contexts.map((ctx) => ctx.message);
    const sameRun = testContext({ delivery: 1, message: new Message('b', { traceId: messages[0]?.traceId ?? '' }) });
    const waits = join.process('a', contexts[0] as NodeContext) as Promise<Message>;
    expect(join.process('b', sameRun)).to.equal(undefined);
    expect((await waits).payload).to.deep.equal(['a', 'b']);
    const late = join.process('c', contexts[1] as NodeContext) as Promise<Message>;
    expect(await codeOf(late)).to.equal('JOIN_TIMEOUT');
    expect(contexts.map(({ sleeps }) => sleeps)).to.deep.equal([[5], [5]]);
  });

  it('R19d leaves nothing of what timed out', async () => {
    const b = held('b', { concurrency: 99 });
    const a = pass('a');
    const join = joinFrom('join', [a, b.node], { timeoutS: 5, onTimeout: 'emit' }) as NodeClass<unknown>;
    const flow = await diamond(bench, pass('fork'), [a, b.node], join, { queueMaxsize: 0 });
    for (let n = 0; n < 50; n++) await flow.emit(n);
    await bench.clock.advance(10_000);
    const inTime = flow.call(50);
    await settle();
    for (const call of b.calls) await finish(call);
    expect(await inTime).to.deep.equal([50, 50]);
    expect(await restOf(bench, flow)).to.have.lengthOf(100);
    expect(flow.snapshot().traces).to.equal(0);
    expect(nodeOf(flow).waiting).to.equal(0);
    expect(bench.clock.pending).to.equal(0);
  });
});
