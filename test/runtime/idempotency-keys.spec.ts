import { expect } from 'chai';
import {
  CLOCK,
  collect,
  combineTracers,
  Flow,
  SystemClock,
  TRACER,
  type Clock,
  type FlowTracer,
  type NodeContext,
  type TraceSpan,
} from '#src/index.js';
import { useFlows, type BenchOptions } from '../support/flows.js';
import { line, node, pass, rows } from '../support/nodes.js';
import { failureOf, settle } from '../support/settling.js';

/** Follows every message, and keeps nothing. */
const FOLLOWS: FlowTracer = {
  startTrace: (): TraceSpan => ({
    logFields: {},
    attempt: () => ({ logFields: {}, run: (body) => body(), emitted: () => {}, end: () => {} }),
    failed: () => {},
    end: () => {},
  }),
};
const TRACED: BenchOptions = { providers: [{ token: TRACER, useValue: FOLLOWS }] };

describe('idempotency keys', () => {
  const bench = useFlows();

  /** A node that notes its keys, by what it works on. */
  function notes(name: string, keys: Map<unknown, string[]>, options = {}) {
    return node(
      name,
      (payload, ctx: NodeContext) => {
        keys.set(payload, [...(keys.get(payload) ?? []), ctx.idempotencyKey]);
        return payload;
      },
      options,
    );
  }

  it('H12b that of a message from outside is the id that it was given', async () => {
    const keys = new Map<unknown, string[]>();
    const flow = await bench.run(line(notes('First', keys)));
    await flow.call('called', { id: 'order-1' });
    await flow.emit('emitted', { id: 'order-2' });
    flow.tryEmit('tried', { id: 'order-3' });
    await flow.collect('collected', { id: 'order-4' });
    await settle();
    expect(Object.fromEntries(keys)).to.deep.equal({
      called: ['order-1'],
      emitted: ['order-2'],
      tried: ['order-3'],
      collected: ['order-4'],
    });
  });

  it('H12b it is the same in every attempt, in another process, and in another run of that id', async () => {
    const seen: string[][] = [];
    for (let time = 0; time < 2; time++) {
      const keys = new Map<unknown, string[]>();
      const splits = node('Splits', async (payload, ctx: NodeContext) => {
        await ctx.emit(`${String(payload)} a`);
        await ctx.emit(`${String(payload)} b`);
      });
      const fails = node(
        'Fails',
        (payload, ctx: NodeContext) => {
          keys.set(payload, [...(keys.get(payload) ?? []), ctx.idempotencyKey]);
          if (ctx.attempt === 0) throw new Error('again');
          return payload;
        },
        { maxRetries: 1, backoffBaseS: 0 },
      );
      const flow = await bench.run(line(splits, pass('Between'), fails));
      await flow.collect('x', { id: 'order-1' });
      const [a, b] = [keys.get('x a') as string[], keys.get('x b') as string[]];
      expect([a[0] === a[1], b[0] === b[1], a[0] === b[0]]).to.deep.equal([true, true, false]);
      seen.push([a[0] as string, b[0] as string]);
    }
    expect(seen[0]).to.deep.equal(seen[1]);
    // Known from outside: a hash of what is written above `keyAt`.
    expect(seen[0]?.every((key) => /^[\da-f]{32}$/.test(key))).to.equal(true);
  });

  it('H12b an attempt that is tried again counts what it emits from the beginning', async () => {
    const keys = new Map<unknown, string[]>();
    const splits = node(
      'Splits',
      async (payload, ctx: NodeContext) => {
        await ctx.emit('a');
        if (ctx.attempt === 0) throw new Error('half way');
        await ctx.emit('b');
      },
      { maxRetries: 1, backoffBaseS: 0 },
    );
    const flow = await bench.run(line(splits, notes('Next', keys)));
    await flow.collect('x', { id: '1' });
    const [first, again] = keys.get('a') as string[];
    expect(first).to.equal(again);
    expect(keys.get('b')?.[0]).to.not.equal(first);
  });

  it("H12b a key of the node's own stands for the order of its emits", async () => {
    const orders = [
      ['a', 'b', 'c'],
      ['c', 'a', 'b'],
    ];
    const seen: Record<string, string[]>[] = [];
    for (const order of orders) {
      const keys = new Map<unknown, string[]>();
      const splits = node('Splits', async (_, ctx: NodeContext) => {
        await Promise.all(order.map((each) => ctx.emit(each, { key: each })));
      });
      const flow = await bench.run(line(splits, notes('Next', keys)));
      await flow.collect('x', { id: '1' });
      seen.push(Object.fromEntries([...keys].map(([payload, all]) => [String(payload), all])));
    }
    expect(seen[0]).to.deep.equal(seen[1]);
    expect(new Set(Object.values(seen[0] ?? {}).flat()).size).to.equal(3);
  });

  it('H12b of two nodes that get one message each has its own', async () => {
    const [left, right] = [new Map<unknown, string[]>(), new Map<unknown, string[]>()];
    const [l, r] = [notes('Left', left), notes('Right', right)];
    const flow = await bench.run(
      rows([
        [pass('Fork'), [l, r]],
        [l, []],
        [r, []],
      ]),
    );
    await flow.collect('x', { id: '1' });
    expect(left.get('x')).to.not.deep.equal(right.get('x'));
  });

  it('H12b chunks between the emits change nothing', async () => {
    const seen: (string[] | undefined)[] = [];
    for (const chunks of [0, 3]) {
      const keys = new Map<unknown, string[]>();
      const talks = node('Talks', async (_, ctx: NodeContext) => {
        for (let n = 0; n < chunks; n++) await ctx.emitChunk('…');
        await ctx.emit('said');
      });
      const flow = await bench.run(line(talks, notes('Next', keys)));
      await flow.collect('x', { id: '1' });
      seen.push(keys.get('said'));
    }
    expect(seen[0]).to.deep.equal(seen[1]);
  });

  it('H12b what is collected has one, and so has a long way', async () => {
    const seen: string[] = [];
    for (let time = 0; time < 2; time++) {
      const keys = new Map<unknown, string[]>();
      const splits = node('Splits', async function* () {
        yield 1;
        yield 2;
      });
      const size = node('Size', (list: readonly unknown[], ctx: NodeContext) => {
        seen.push(ctx.idempotencyKey);
        return list.length;
      });
      const long = Array.from({ length: 100 }, (_, index) => pass(`Pass${index}`));
      const flow = await bench.run(line(splits, collect('All'), size, ...long, notes('Last', keys)));
      await flow.collect('x', { id: '1' });
      seen.push(keys.get(2)?.[0] as string);
    }
    expect(new Set(seen).size).to.equal(2);
    expect([seen[0], seen[1]]).to.deep.equal([seen[2], seen[3]]);
  });

  it('H12b those of a playbook come from the call', async () => {
    const seen: unknown[] = [];
    for (let time = 0; time < 2; time++) {
      const keys = new Map<unknown, string[]>();
      class Inner {
        readonly graph = line(notes('Inner', keys));
      }
      Flow({ name: 'keys-of-a-playbook' })(Inner);
      const calls = node('Calls', async (_, ctx: NodeContext) => {
        await ctx.call(Inner as never, 'one' as never);
        return ctx.call(Inner as never, 'two' as never);
      });
      const flow = await bench.run(line(calls));
      await flow.call('x', { id: '1' });
      await flow.stop();
      seen.push(Object.fromEntries(keys));
      expect(keys.get('one')).to.not.deep.equal(keys.get('two'));
    }
    expect(seen[0]).to.deep.equal(seen[1]);
  });

  it('H12b without an id a message has one of its own where somebody follows the run', async () => {
    const keys = new Map<unknown, string[]>();
    const flow = await bench.run(line(notes('First', keys, { concurrency: 2 })), TRACED);
    await flow.call('x');
    await flow.call('y');
    expect(keys.get('x')?.[0]).to.match(/^[\da-f-]{36}$/);
    expect(keys.get('x')).to.not.deep.equal(keys.get('y'));
  });

  it('H12b where nobody does, whoever asks for one is told what to do', async () => {
    const flow = await bench.run(line(node('Asks', (_, ctx: NodeContext) => ctx.idempotencyKey)));
    const error = await failureOf(flow.call('x'));
    expect(error).to.include({ code: 'IDEMPOTENCY_KEY_UNKNOWN', nodeName: 'Asks' });
    expect(error.hint).to.contain('emit(payload, { id })');
  });

  it('H12b refuses an id that is none, and a key', async () => {
    const flow = await bench.run(line(node('Emits', (_, ctx: NodeContext) => ctx.emit(1, { key: '' }))));
    for (const id of ['', 7, 'x'.repeat(1_025)]) {
      expect((await failureOf(flow.call('x', { id: id as never }))).message).to.contain('`id`');
    }
    expect((await failureOf(flow.call('x'))).message).to.contain('Expected `key` of emit() of node "Emits"');
  });

  it('H12b a combined tracer hands the message to each', async () => {
    const numbers: number[] = [];
    const counts: FlowTracer = {
      startTrace: () => ({
        logFields: {},
        attempt: ({ message, ctx }) => {
          numbers.push(message.number);
          expect(message.keyAt(ctx.nodeName)).to.equal(ctx.idempotencyKey);
          return { logFields: {}, run: (body) => body(), emitted: (sent) => numbers.push(-sent.number), end: () => {} };
        },
        failed: () => {},
        end: () => {},
      }),
    };
    const providers = [{ token: TRACER, useValue: combineTracers(FOLLOWS, counts) }];
    const flow = await bench.run(line(pass('A'), pass('B')), { providers });
    await flow.call('x');
    expect(numbers).to.deep.equal([1, -2, 2, -3]);
  });

  it('H12b is there on the clock of the system, on which after the first 64 attempts of a node only some are noted', async () => {
    const seen: string[][] = [];
    const keysOn = async (clock: Clock | undefined): Promise<void> => {
      const keys = new Map<unknown, string[]>();
      const providers = clock === undefined ? [] : [{ token: CLOCK, useValue: clock }];
      const later = node('Later', (payload) => Promise.resolve(payload), { timeoutS: 10, concurrency: 4 });
      const last = notes('Last', keys, { timeoutS: 10, concurrency: 4 });
      const flow = await bench.run(line(later, pass('Untimed'), last), { providers });
      const runs = Array.from({ length: 200 }, (_, n) => flow.call(`payload ${n}`, { id: `order-${n}` }));
      await Promise.all(runs);
      seen.push([...keys.values()].flat());
      await flow.stop();
    };
    await keysOn(new SystemClock());
    await keysOn(undefined);
    expect(new Set(seen[0]).size).to.equal(200);
    expect(seen[0]).to.deep.equal(seen[1]);
  });
});
