import { expect } from 'chai';
import { collect, joinFrom, joinK, Node, type JoinFromOptions, type NodeClass, type NodeContext } from '#src/index.js';
import { recordRuns, useFlows, type TestFlow } from '../../support/flows.js';
import { line, node, pass, rows } from '../../support/nodes.js';
import { settle } from '../../support/settling.js';
import { rowsTo, split } from './support/diamonds.js';

describe('parts of a join whose own deadline passes', () => {
  const bench = useFlows();

  /** Comes after some seconds, with a deadline of its own that many seconds from now. */
  function comes(name: string, afterS: number, deadlineS?: number): NodeClass {
    return node(name, async (_, ctx: NodeContext) => {
      if (afterS > 0) await ctx.sleep(afterS);
      if (deadlineS === undefined) return name;
      return ctx.message.with({ payload: name, deadlineS: bench.clock.now() / 1000 + deadlineS });
    });
  }

  /** Rows of one run, each after as many seconds as it says. */
  const work = node(
    'Work',
    async (row: { name: string; afterS: number; ownS?: number }, ctx: NodeContext) => {
      if (row.ownS !== undefined)
        return ctx.message.with({ payload: row.name, deadlineS: bench.clock.now() / 1000 + row.ownS });
      await ctx.sleep(row.afterS);
      return row.name;
    },
    { concurrency: 8 },
  );

  async function settled(flow: TestFlow, payload: unknown, advanceMs = 10_000): Promise<unknown> {
    const incomplete: unknown[] = [];
    flow.on('join_incomplete', ({ extra }) => void incomplete.push(extra['missing']));
    const all = flow.collect(payload, { settle: true });
    for (let ms = 0; ms < advanceMs; ms += 500) await bench.clock.advance(500);
    const { results, failures } = await all;
    return { results, failures: failures.map(({ code }) => code), incomplete };
  }

  const STALE = [
    { name: 'stale', afterS: 0, ownS: 1 },
    { name: 'b', afterS: 2 },
    { name: 'c', afterS: 2 },
  ];

  it('R13 R19 are forgotten, and take no part of others with them: joinK', async () => {
    const flow = await bench.run(line(split('Rows'), work, joinK('K', 2), pass('Next')));
    expect(await settled(flow, STALE)).to.deep.equal({
      results: [['b', 'c']],
      failures: ['DEADLINE_EXCEEDED'],
      incomplete: [],
    });
  });

  it('R13 R19d are forgotten by a joinK with a time, which goes on', async () => {
    for (const onTimeout of ['emit', 'fail'] as const) {
      const flow = await bench.run(line(split('Rows'), work, joinK('K', 3, { timeoutS: 60, onTimeout })));
      expect(await settled(flow, STALE)).to.deep.equal({
        results: onTimeout === 'emit' ? [['b', 'c']] : [],
        failures: ['DEADLINE_EXCEEDED'],
        incomplete: [],
      });
    }
  });

  for (const by of ['origin', 'order', () => 'key'] as const) {
    it(`R13 R19b are forgotten by a joinFrom by ${typeof by === 'string' ? by : 'key'}, whose partner is incomplete then`, async () => {
      const options: JoinFromOptions = { by };
      const [a, b] = [comes('A', 0, 1), comes('B', 2)];
      const flow = await bench.run(
        rows([[pass('Fork'), [a, b]], ...rowsTo(joinFrom('J', ['A', 'B'], options) as NodeClass<unknown>, [a, b])]),
      );
      expect(await settled(flow, 1)).to.deep.equal({ results: [], failures: ['DEADLINE_EXCEEDED'], incomplete: [] });
    });
  }

  it('R13 R19d a join that is to send on what is there does so without them, when its time is up', async () => {
    const [a, b, d] = [comes('A', 0, 1), comes('B', 2), node('D', (_, ctx: NodeContext) => ctx.sleep(60))];
    const join = joinFrom('J', ['A', 'B', 'D'], { timeoutS: 4, onTimeout: 'emit' }) as NodeClass<unknown>;
    const flow = await bench.run(rows([[pass('Fork'), [a, b, d]], ...rowsTo(join, [a, b, d])]));
    const all = flow.collect(1, { settle: true });
    for (let ms = 0; ms < 3_500; ms += 500) await bench.clock.advance(500);
    expect(flow.snapshot().nodes.find(({ name }) => name === 'J')?.waiting).to.equal(1);
    for (let ms = 0; ms < 80_000; ms += 500) await bench.clock.advance(500);
    expect((await all).results).to.deep.equal([[undefined, 'B', undefined]]);
    expect(flow.snapshot()).to.include({ traces: 0 });
  });

  it('R13 R19d at the bound a join lets in what completes one again, when a part of it is gone', async () => {
    const row = (name: string, afterS: number, ownS?: number) => ({
      name,
      afterS,
      ...(ownS === undefined ? {} : { ownS }),
    });
    const flow = await bench.run(
      line(split('Rows'), work, joinK('K', 2, { timeoutS: 60, maxWaiting: 1, onTimeout: 'emit' })),
    );
    expect(await settled(flow, [row('x', 0, 1), row('y', 2), row('z', 3)])).to.deep.include({ results: [['y', 'z']] });
  });

  it('R13 R14 each of them is a failure of its own, of a join and of a collect', async () => {
    for (const last of [collect('All') as NodeClass<unknown>, joinK('K', 9) as NodeClass<unknown>]) {
      const flow = await bench.run(line(split('Rows'), work, last));
      const stale = (name: string) => ({ name, afterS: 0, ownS: 1 });
      const { failures } = (await settled(flow, [stale('1'), stale('2'), { name: 'b', afterS: 2 }])) as {
        failures: unknown[];
      };
      expect(failures).to.deep.equal(['DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED']);
    }
  });

  it('R13 R31 that of an emit ends its run as late, also where only a join has it', async () => {
    const flow = await bench.run(line(joinK('K', 2)));
    const runs = recordRuns(flow);
    await flow.emit(1, { traceId: 't', join: true, timeoutS: 1 });
    await bench.clock.advance(1_500);
    expect(JSON.stringify(runs)).to.contain('"deadline"');
    expect(flow.snapshot()).to.include({ traces: 0, unclaimedFailures: 1 });
    const error = await flow.fetch({ timeoutS: 0 }).catch((each: unknown) => each);
    expect(error).to.include({ code: 'DEADLINE_EXCEEDED', nodeName: 'K' });
  });

  it('R13 one of several emits that joined is late alone, and the others are put together without it', async () => {
    const flow = await bench.run(line(joinK('K', 3)), { deliverFailures: false });
    const o = { traceId: 't', join: true };
    await flow.emit(1, o);
    await flow.emit(2, { ...o, timeoutS: 1 });
    await bench.clock.advance(1_500);
    await flow.emit(3, o);
    await flow.emit(4, o);
    expect(await flow.fetch()).to.deep.equal([1, 3, 4]);
    expect(flow.snapshot()).to.include({ unclaimedFailures: 1 });
  });

  it('R13 with very many that wait, those that are late go and the others pair as before', async () => {
    const flow = await bench.run(
      line(split('Rows'), work, joinFrom('J', ['Work'], { by: 'order' }) as NodeClass<unknown>),
    );
    expect(flow.name).to.be.a('string');
    const both = joinFrom('Both', ['L', 'R'], { by: (payload) => String(payload).slice(0, -1) });
    const half = (name: string, afterS: number) =>
      node(
        name,
        async (n: number, ctx: NodeContext) => {
          if (name === 'L' && n % 3 === 0)
            return ctx.message.with({ payload: `${n}L`, deadlineS: bench.clock.now() / 1000 + 1 });
          if (afterS > 0) await ctx.sleep(afterS);
          return `${n}${name}`;
        },
        { concurrency: 100 },
      );
    const [l, r] = [half('L', 0), half('R', 2)];
    const many = await bench.run(rows([[split('Many'), [l, r]], ...rowsTo(both as NodeClass<unknown>, [l, r])]));
    const numbers = Array.from({ length: 60 }, (_, index) => index);
    const { results, failures } = (await settled(many, numbers)) as { results: unknown[]; failures: unknown[] };
    expect(results).to.have.deep.members(numbers.filter((n) => n % 3 !== 0).map((n) => [`${n}L`, `${n}R`]));
    expect(failures).to.have.length(20);
  });
});

describe('joins of runs that emits join', () => {
  const bench = useFlows();
  const emitsTo = async (flow: TestFlow, options: object): Promise<void> => {
    for (const n of [1, 2, 3, 4]) {
      await flow.emit(n, { traceId: 't', join: true, ...options });
      await settle();
    }
  };

  it('R17 R19c wait for the next emit, scoped or not', async () => {
    for (const options of [{}, { scoped: true }]) {
      const flow = await bench.run(line(pass('P'), joinK('K', 4)));
      await emitsTo(flow, options);
      expect(await flow.fetch({ traceId: 't' })).to.deep.equal([1, 2, 3, 4]);
    }
  });

  it('R19b R19c wait with lists of several emits, too, and give up what is of one', async () => {
    const [a, b] = [pass('A'), node('B', (n: number) => (n === 2 ? undefined : n))];
    const [ka, kb] = [joinK('KA', 2), joinK('KB', 3)] as unknown as [NodeClass, NodeClass];
    const [lists, each] = [joinFrom('Lists', [ka, kb]), joinFrom('Each', [a, b])];
    const flow = await bench.run(
      rows([
        [pass('Fork'), [a, b]],
        [a, [ka, each]],
        [b, [kb, each]],
        [ka, [lists]],
        [kb, [lists]],
        [lists, []],
        [each, []],
      ]),
    );
    const incomplete: unknown[] = [];
    flow.on('join_incomplete', ({ nodeName, extra }) => void incomplete.push([nodeName, extra['missing']]));
    await emitsTo(flow, {});
    const results: unknown[] = [];
    for (let n = 0; n < 4; n++) results.push(await flow.fetch({ traceId: 't' }));
    expect(results).to.have.deep.members([
      [1, 1],
      [3, 3],
      [
        [1, 2],
        [1, 3, 4],
      ],
      [4, 4],
    ]);
    expect(incomplete).to.deep.equal([['Each', ['B']]]);
  });
});

describe('a class that extends a join and is tried again', () => {
  const bench = useFlows();

  it('R10 R19 counts nothing twice, also when the list has gone on without it', async () => {
    @Node({ name: 'K', concurrency: 2, maxRetries: 1, backoffBaseS: 0 })
    class Slow extends (joinK('K0', 2) as new () => { process(payload: unknown, ctx: NodeContext): object }) {
      override process(payload: unknown, ctx: NodeContext): object {
        const joined = super.process(payload, ctx);
        if (payload !== 1 || ctx.attempt > 0) return joined;
        return ctx.sleep(1).then(() => {
          throw new Error('again');
        });
      }
    }
    const flow = await bench.run(line(split('Rows'), Slow as never));
    const incomplete: unknown[] = [];
    flow.on('join_incomplete', ({ extra }) => void incomplete.push(extra['missing']));
    const all = flow.collect([1, 2, 3, 4, 5]);
    await bench.clock.advance(2_000);
    expect(await all).to.deep.equal([
      [1, 2],
      [3, 4],
    ]);
    expect(incomplete).to.deep.equal([['1 of 2 messages']]);
  });
});
