import { expect } from 'chai';
import {
  collect,
  Flow,
  FlowError,
  joinFrom,
  joinK,
  start,
  type NodeClass,
  type NextInvocation,
  type NodeContext,
  type NodeInterceptor,
  type NodeInvocation,
} from '#src/index.js';
import { record, useFlows, type TestFlow } from '../../support/flows.js';
import { failing, held, line, node, pass, rows } from '../../support/nodes.js';
import { codeOf, isPending, settle } from '../../support/settling.js';
import { thrownBy } from '../../support/thrown-by.js';

/** Yields each item of what it gets. */
function split(name = 'Split', options: { readonly concurrency?: number } = {}) {
  return node(
    name,
    async function* (items: readonly unknown[]) {
      yield* items;
    } as never,
    options,
  );
}

describe('collect', () => {
  const bench = useFlows();

  it('R19e emits the list of a run, in order of arrival, once nothing else of it is under way', async () => {
    const { node: work, calls } = held('Work', { concurrency: 3 });
    const flow = await bench.run(line(split(), work, collect('All')));
    const call = flow.call(['a', 'b', 'c']);
    await settle();
    for (const at of [2, 0]) calls[at]?.resolve(calls[at].payload);
    expect(await isPending(call)).to.equal(true);
    calls[1]?.resolve('b');
    expect(await call).to.deep.equal(['c', 'a', 'b']);
    expect(flow.snapshot()).to.include({ traces: 0 });
  });

  it('R19e emits nothing when nothing has arrived', async () => {
    const flow = await bench.run(
      line(
        node('Drops', () => undefined),
        collect('All'),
      ),
    );
    expect(await codeOf(flow.call(1))).to.equal('NO_RESULT');
    expect(await flow.collect(1)).to.deep.equal([]);
  });

  for (const items of [['a'], ['a', 'b', 'c'], ['c', 'b', 'a', 'd']]) {
    it(`R19b R19e lists of one run belong together, whatever row comes first: ${items.join(', ')}`, async () => {
      const slow = (name: string, first: string): NodeClass<unknown> =>
        node(
          name,
          async (item: unknown, ctx: NodeContext) => {
            if (item === first) await ctx.sleep(1);
            return `${name}-${String(item)}`;
          },
          { concurrency: 8 },
        );
      const [source, price, label] = [split(), slow('Price', 'a'), slow('Label', 'c')];
      const [prices, labels] = [collect<unknown>('Prices'), collect<unknown>('Labels')];
      const both = joinFrom('both', [prices, labels]);
      const graph = rows([
        [source, [price, label]],
        [price, [prices]],
        [label, [labels]],
        [prices, [both]],
        [labels, [both]],
      ]);
      const flow = await bench.run(graph);
      const events = record(flow);
      const call = flow.call(items);
      await bench.clock.advance(1_000);
      const lists = ((await call) as string[][]).map((list) => list.toSorted());
      expect(lists).to.deep.equal([
        items.map((item) => `Price-${item}`).toSorted(),
        items.map((item) => `Label-${item}`).toSorted(),
      ]);
      expect(events.filter(({ eventType }) => eventType === 'join_incomplete')).to.deep.equal([]);
    });
  }

  it('R13 R19e a row whose own deadline passes while it is kept is a failure of the run, and the others go on', async () => {
    const source = node('Source', async function* (_: unknown, ctx: NodeContext) {
      yield ctx.message.with({ payload: 'late', deadlineS: bench.clock.now() / 1000 + 1 });
      await ctx.sleep(2);
      yield 'in time';
    } as never);
    const flow = await bench.run(line(source, collect('All')));
    const all = flow.collect(1, { settle: true });
    await bench.clock.advance(2_000);
    const { results, failures } = await all;
    expect(results).to.deep.equal([['in time']]);
    expect(failures.map(({ code }) => code)).to.deep.equal(['DEADLINE_EXCEEDED']);
    const call = codeOf(flow.call(1));
    await bench.clock.advance(2_000);
    expect(await call).to.equal('DEADLINE_EXCEEDED');
  });

  it('R19e keeps the runs of a flow apart', async () => {
    const flow = await bench.run(line(split(), pass('Work'), collect('All')));
    const calls = [1, 2, 3].map((n) => flow.call([n, n * 10], { traceId: 'same' }));
    expect(await Promise.all(calls)).to.deep.equal([
      [1, 10],
      [2, 20],
      [3, 30],
    ]);
  });

  it('R19e waits for retries, for what waits for room, and for what is held', async () => {
    let letGo: () => void = () => {};
    const keeps = node('Keeps', (n: unknown, ctx: NodeContext) => {
      if (n === 'held') letGo = ctx.holdTrace();
      return n;
    });
    const work = failing('Work', { times: 1, maxRetries: 1, backoffBaseS: 5 });
    const flow = await bench.run(line(split(), keeps, work, collect('All')), { queueMaxsize: 1 });
    await flow.emit(['a', 'held', 'c', 'd', 'e'], { traceId: 't' });
    const fetched = flow.fetch();
    await bench.clock.advance(100_000);
    expect(await isPending(fetched)).to.equal(true);
    letGo();
    expect(await fetched).to.deep.equal(['a', 'held', 'c', 'd', 'e']);
  });

  it('R19c results that nobody has fetched do not keep it waiting', async () => {
    const two = pass('Two');
    const [all, out] = [collect('All'), pass('Out')];
    const flow = await bench.run(
      rows([
        [split(), [two]],
        [two, [all, out]],
        [all, []],
        [out, []],
      ]),
    );
    await flow.emit([1, 2]);
    await settle();
    expect([await flow.fetch(), await flow.fetch(), await flow.fetch()]).to.deep.equal([1, 2, [1, 2]]);
  });

  it('R19c pieces that nobody has read do not keep it waiting', async () => {
    const two = pass('Two');
    const [all, out] = [collect('All'), pass('Out')];
    const flow = await bench.run(
      rows([
        [split(), [two]],
        [two, [all, out]],
        [all, []],
        [out, []],
      ]),
    );
    const stream = flow.stream([1, 2]);
    await settle();
    const seen: unknown[] = [];
    for await (const piece of stream) seen.push(piece);
    expect(seen).to.deep.equal([1, 2, [1, 2]]);
  });

  it('R19e several in a row each have all of what the one before sent on', async () => {
    const sizes = node('Sizes', (list: readonly unknown[]) => list.length);
    const flow = await bench.run(line(split(), collect('Inner'), split('Again'), sizes, collect('Outer')));
    expect(await flow.call([['a'], ['b', 'c']])).to.deep.equal([1, 2]);
  });

  it('R19c the first of the plan acts first, and the run goes on with what that sets free', async () => {
    const [first, second, third] = [collect('First'), pass('Second'), collect('Third')];
    const flow = await bench.run(
      rows([
        [split(), [first, third]],
        [first, [second]],
        [second, [third]],
        [third, []],
      ]),
    );
    expect(await flow.call([1, 2])).to.deep.equal([1, 2, [1, 2]]);
  });

  it('R19e a failed row does not keep the others of an emitted run', async () => {
    const work = node('Work', (n: number) => {
      if (n === 2) throw new Error('no');
      return n;
    });
    const flow = await bench.run(line(split(), work, collect('All')), { deliverFailures: false });
    await flow.emit([1, 2, 3]);
    expect(await flow.fetch()).to.deep.equal([1, 3]);
  });

  it('R16 R13 R8 is dropped with its run: cancelled, late, stopped', async () => {
    const { node: work } = held('Work');
    const flow = await bench.run(line(split(), pass('Pass'), collect('All'), work));
    const [all, { node: hangs }] = [collect('All'), held('Held')];
    const keeper = await bench.run(
      rows([
        [split(), [hangs, all]],
        [hangs, []],
        [all, []],
      ]),
    );
    const codes = Promise.all([codeOf(flow.call([1], { timeoutS: 1 })), codeOf(flow.call([1], { traceId: 'c' }))]);
    await bench.clock.advance(1_000);
    flow.cancel('c');
    expect(await codes).to.deep.equal(['DEADLINE_EXCEEDED', 'TRACE_CANCELLED']);
    await keeper.emit([1, 2, 3]);
    await settle();
    const stopped = keeper.stop({ graceS: 0 });
    await bench.clock.advance(0);
    // Three that are kept, one that is worked on, two that wait.
    expect(await stopped).to.include({ dropped: 6 });
  });

  it('R19e what wraps it changes nothing', async () => {
    let tries = 0;
    class Counts implements NodeInterceptor {
      intercept(_: NodeInvocation, next: NextInvocation): Promise<unknown> {
        tries++;
        return next();
      }
    }
    const flow = await bench.run(line(split(), collect('All')), { interceptors: [Counts] });
    expect(await flow.call([1, 2])).to.deep.equal([1, 2]);
    expect(tries).to.equal(4);
  });

  it('R17 in a run that emits join it sends on what it has whenever all is quiet', async () => {
    const flow = await bench.run(line(collect('All')));
    await flow.emit(1, { traceId: 't', join: true });
    expect(await flow.fetch()).to.deep.equal([1]);
    await flow.emit(2, { traceId: 't', join: true });
    expect(await flow.fetch()).to.deep.equal([2]);
  });

  it('R19e is named after its class', () => {
    class Row {}
    @Flow()
    class Rows {
      readonly graph = start(collect(Row));
    }
    expect(Rows.name).to.equal('Rows');
    expect(bench.make(line(collect(Row))).plan.nodes[0]?.name).to.equal('CollectRow');
    for (const wrong of ['', undefined, {}, class {}]) {
      expect(
        FlowError.is(
          thrownBy(() => collect(wrong as never)),
          'INVALID_OPTION',
        ),
      ).to.equal(true);
    }
  });

  describe('what is given up', () => {
    /** Two branches, of which the one drops what the test says. */
    async function forked(drops: (n: unknown) => boolean) {
      const [a, b, pair] = [pass('A'), node('B', (n: unknown) => (drops(n) ? undefined : n)), joinK('Pair', 2)];
      const flow: TestFlow = await bench.run(
        rows([
          [pass('Fork'), [a, b]],
          [a, [pair]],
          [b, [pair]],
          [pair, []],
        ]),
      );
      return { flow, events: record(flow) };
    }

    it('R19c says what is missing, counts it, and ends the run', async () => {
      const { flow, events } = await forked((n) => n === 'half');
      expect(await codeOf(flow.call('half', { traceId: 't' }))).to.equal('NO_RESULT');
      await flow.emit('half', { traceId: 'e' });
      await settle();
      const told = events.filter(({ eventType }) => eventType === 'join_incomplete');
      expect(told.map(({ nodeName, traceId, extra }) => [nodeName, traceId, extra])).to.deep.equal([
        ['Pair', 't', { missing: ['1 of 2 messages'], arrived: 1 }],
        ['Pair', 'e', { missing: ['1 of 2 messages'], arrived: 1 }],
      ]);
      expect(flow.snapshot()).to.include({ traces: 0 });
      expect(flow.snapshot().nodes.find(({ name }) => name === 'Pair')).to.include({ incomplete: 2 });
    });

    it('R19c is not told of where a message of the run has failed', async () => {
      const [a, b, pair] = [pass('A'), failing('B'), joinK('Pair', 2)];
      const flow = await bench.run(
        rows([
          [pass('Fork'), [a, b]],
          [a, [pair]],
          [b, [pair]],
          [pair, []],
        ]),
        { deliverFailures: false },
      );
      const events = record(flow);
      await flow.emit('x');
      await settle();
      expect(flow.snapshot()).to.include({ traces: 0 });
      expect(events.filter(({ eventType }) => eventType === 'join_incomplete')).to.deep.equal([]);
    });

    it('R19c waits on in a run that further emits may join', async () => {
      const { flow, events } = await forked((n) => n === 'half');
      const joined = { traceId: 't', join: true };
      await flow.emit('half', joined);
      await settle();
      expect(flow.snapshot()).to.include({ traces: 1 });
      await flow.emit('half', joined);
      expect(await flow.fetch()).to.deep.equal(['half', 'half']);
      expect(events.filter(({ eventType }) => eventType === 'join_incomplete')).to.deep.equal([]);
    });

    it('R19c R8 stop() counts what a join still holds', async () => {
      const { flow } = await forked((n) => n === 'half');
      await flow.emit('half', { traceId: 't', join: true });
      await settle();
      expect(await flow.stop()).to.include({ dropped: 1 });
    });
  });
});

describe('flow.collect()', () => {
  const bench = useFlows();

  it('R19e resolves with all results of its run, in the order in which they leave', async () => {
    const flow = await bench.run(line(split(), pass('Work')));
    expect(await flow.collect([1, 2, 3])).to.deep.equal([1, 2, 3]);
    expect(await flow.collect([])).to.deep.equal([]);
    expect(flow.snapshot()).to.include({ traces: 0, results: 0, discardedResults: 0 });
  });

  it('R19e takes more than any queue holds, and no chunks', async () => {
    const work = node('Work', async (n: unknown, ctx: NodeContext) => {
      await ctx.emitChunk('chunk');
      return n;
    });
    const flow = await bench.run(line(split(), work), { queueMaxsize: 1 });
    const all = Array.from({ length: 500 }, (_, n) => n);
    expect(await flow.collect(all)).to.deep.equal(all);
  });

  it('R14 rejects with the first failure', async () => {
    const flow = await bench.run(line(split(), failing('Work')));
    expect(await codeOf(flow.collect([1, 2]))).to.equal('NODE_EXCEPTION');
    await settle();
    expect(flow.snapshot()).to.include({ traces: 0 });
  });

  it('R19e with `settle` the rest goes on, and the failures come beside the results', async () => {
    const work = node('Work', (n: number) => {
      if (n % 2 === 0) throw new Error(`no ${n}`);
      return n;
    });
    const flow = await bench.run(line(split(), work));
    const { results, failures } = await flow.collect([1, 2, 3, 4, 5], { settle: true });
    expect(results).to.deep.equal([1, 3, 5]);
    expect(failures.map(({ code, message }) => [code, message])).to.deep.equal([
      ['NODE_EXCEPTION', "Node 'Work' raised Error: no 2"],
      ['NODE_EXCEPTION', "Node 'Work' raised Error: no 4"],
    ]);
  });

  for (const settleToo of [false, true]) {
    it(`R16 R13 R6 R8 ends with its run, settle: ${settleToo}`, async () => {
      const { node: work } = held('Work', { concurrency: 9 });
      const flow = await bench.run(line(split(), work));
      const { signal, abort } = abortable();
      const rest = { settle: settleToo as false };
      const codes = [
        codeOf(flow.collect([1], { ...rest, timeoutS: 1 })),
        codeOf(flow.collect([1], { ...rest, traceId: 'c' })),
        codeOf(flow.collect([1], { ...rest, signal })),
        codeOf(flow.collect([1], rest)),
      ];
      await settle();
      flow.cancel('c');
      abort();
      await bench.clock.advance(1_000);
      const stopped = flow.stop({ graceS: 0 });
      expect(await Promise.all(codes)).to.deep.equal([
        'DEADLINE_EXCEEDED',
        'TRACE_CANCELLED',
        'ABORTED',
        'FLOW_STOPPED',
      ]);
      await bench.clock.advance(0);
      await stopped;
    });
  }

  it('R7 refuses what cannot be', async () => {
    const flow = await bench.run(line(pass('A')));
    for (const options of [{ settle: 1 }, { join: true }, { nobody: 1 }, 5, { timeoutS: -1 }]) {
      expect(await codeOf(flow.collect(1, options as never)), JSON.stringify(options)).to.equal('INVALID_OPTION');
    }
    await flow.stop();
    expect(await codeOf(flow.collect(1))).to.equal('FLOW_STOPPED');
  });
});

function abortable(): { readonly signal: AbortSignal; readonly abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}
