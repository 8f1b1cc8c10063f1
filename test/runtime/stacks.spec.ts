import { inspect } from 'node:util';
import { expect } from 'chai';
import { Flow, type FlowError, type FlowGraph, joinFrom, type NodeContext, type PlaybookClass } from '#src/index.js';
import { record, useFlows, type TestFlow } from '../support/flows.js';
import { failing, line, node, pass, rows } from '../support/nodes.js';
import { failureOf, settle } from '../support/settling.js';

/** The lines of a stack, its first one and those of the frames. */
function linesOf(error: unknown): readonly [first: string, ...frames: string[]] {
  return (error as Error).stack?.split(/\n\s+at /) as [string, ...string[]];
}

let made = 0;

/** A flow that a node can call. */
function flowClassOf(graph: FlowGraph<unknown>): PlaybookClass<unknown, unknown> {
  class Playbook {
    readonly graph = graph;
  }
  Flow({ name: `stacks-${++made}` })(Playbook);
  return Playbook;
}

describe('stacks', () => {
  const bench = useFlows();

  /** Awaits something where the caller of a flow would. */
  async function orders(call: () => Promise<unknown>): Promise<unknown> {
    const answer = await call();
    return answer;
  }

  function thrower(): never {
    throw new TypeError('no such order');
  }

  it('R14b a call rejects with a stack that leads to its caller, and a cause that leads to the node', async () => {
    const flow = await bench.run(line(pass('A'), node('B', thrower)));
    const failure = await failureOf(orders(() => flow.call(1)));
    const [first, caller] = linesOf(failure);
    expect(first).to.equal("FlowError [NODE_EXCEPTION]: Node 'B' raised TypeError: no such order");
    expect(caller).to.match(/^async orders \(.*stacks\.spec/);
    expect(linesOf(failure.cause)[1]).to.match(/^thrower \(.*stacks\.spec|thrower .*stacks\.spec/);
  });

  it('R14b so does one whose time is up, or that has no result, which names the node that returned nothing', async () => {
    const flow = await bench.run(
      line(
        pass('A'),
        node('B', () => undefined),
      ),
    );
    const nothing = await failureOf(orders(() => flow.call(1, { traceId: 't' })));
    expect(nothing).to.include({ nodeName: 'B', nodeId: `${flow.name}.B` });
    expect(linesOf(nothing)[0]).to.equal(
      'FlowError [NO_RESULT]: Trace t ended without delivering a result: node "B" returned nothing',
    );
    expect(linesOf(nothing)[1]).to.match(/^async orders/);
    const [left, right] = [pass('Left'), node('Right', () => undefined)];
    const both = joinFrom('Both', [left, right]);
    const forked = await bench.run(
      rows([
        [pass('Fork'), [left, right]],
        [left, [both]],
        [right, [both]],
      ]),
    );
    const lacking = await failureOf(orders(() => forked.call(1, { traceId: 't' })));
    expect(lacking).to.include({
      nodeName: 'Both',
      message: 'Trace t ended without delivering a result: node "Both" lacked Right',
    });
    const slow = await bench.run(line(node('Slow', (_: unknown, ctx) => ctx.sleep(60))));
    const late = failureOf(orders(() => slow.call(1, { timeoutS: 1 })));
    await bench.clock.advance(1_100);
    expect(linesOf(await late)[1]).to.match(/^async orders/);
  });

  it('R14b what a fetch, a collect and the next of a stream reject with leads to whoever awaits it', async () => {
    const waits = async (flow: TestFlow): Promise<unknown> => {
      const answer = orders(() => flow.fetch());
      await flow.emit(1);
      return answer;
    };
    const waitsScoped = async (flow: TestFlow): Promise<unknown> => {
      const answer = orders(() => flow.fetch({ traceId: 't' }));
      await flow.emit(1, { traceId: 't' });
      return answer;
    };
    const comesLate = async (flow: TestFlow): Promise<unknown> => {
      await flow.emit(1);
      await settle();
      return orders(() => flow.fetch());
    };
    const comesLateScoped = async (flow: TestFlow): Promise<unknown> => {
      await flow.emit(1, { traceId: 't' });
      await settle();
      return orders(() => flow.fetchMessage({ traceId: 't' }));
    };
    const readsLate = async (flow: TestFlow): Promise<unknown> => {
      const stream = flow.stream(1);
      await settle();
      return orders(() => stream.next());
    };
    for (const ask of [
      waits,
      waitsScoped,
      comesLate,
      comesLateScoped,
      readsLate,
      (flow: TestFlow) => orders(() => flow.collect(1)),
      (flow: TestFlow) => orders(() => flow.stream(1).next()),
      (flow: TestFlow) => orders(() => flow.fetch({ timeoutS: 0 })),
    ]) {
      const flow = await bench.run(line(pass('A'), node('B', thrower)));
      const failure = await failureOf(ask(flow));
      expect(linesOf(failure)[1], String(ask)).to.match(/^async orders \(.*stacks\.spec/);
      expect(failure.stack?.match(/async orders/g), failure.stack).to.have.length(1);
    }
  });

  it('R14b so does a fetch whose time is up', async () => {
    const flow = await bench.run(line(pass('A')));
    const late = failureOf(orders(() => flow.fetch({ timeoutS: 1 })));
    await bench.clock.advance(1_100);
    expect(linesOf(await late)[1]).to.match(/^async orders/);
  });

  it('R14 the failures that wait for a reader who left are no unhandled rejections', async () => {
    const flow = await bench.run(line(pass('A'), node('B', thrower)));
    void flow.stream(1).next();
    const stream = flow.stream(2);
    await settle();
    void stream.next();
    // One would be an uncaught error here.
    await settle();
  });

  it('R7 R14b what the handle refuses begins at the call', async () => {
    const flow = await bench.run(line(pass('A')));
    const wrong = { to: 'Nobody' };
    for (const refused of [
      (): Promise<unknown> => flow.emit(1, wrong),
      (): Promise<unknown> => flow.call(1, wrong),
      (): Promise<unknown> => flow.call(Promise.resolve(1)),
      (): Promise<unknown> => flow.collect(1, wrong),
      (): Promise<unknown> => flow.emitChunk('', 'x'),
      (): Promise<unknown> => flow.fetch({ timeoutS: -1 }),
      (): Promise<unknown> => flow.fetchMessage({ timeoutS: -1 }),
      (): Promise<unknown> => flow.stop({ drainS: -1 }),
    ]) {
      const [, ...frames] = linesOf(await failureOf(refused()));
      expect(frames[0], String(refused)).to.match(/stacks\.spec/);
    }
  });

  it('R6 R14b of very many calls that fail at once only the first ones do', async () => {
    const slow = await bench.run(line(node('Slow', (_: unknown, ctx) => ctx.sleep(60))), { queueMaxsize: 0 });
    const calls = Array.from({ length: 40 }, () => failureOf(orders(() => slow.call(1, { timeoutS: 1 }))));
    await bench.clock.advance(1_100);
    const failures = await Promise.all(calls);
    expect(failures.map(({ code }) => code)).to.deep.equal(Array.from({ length: 40 }, () => 'DEADLINE_EXCEEDED'));
    expect(failures.filter(({ stack }) => stack?.includes('async orders') === true)).to.have.length(16);
    const later = failureOf(orders(() => slow.call(1, { timeoutS: 1 })));
    await bench.clock.advance(1_100);
    expect((await later).stack).to.contain('async orders');
  });

  it('R6 of very many attempts that expire at once the failures stay small: no accessor makes slow objects of them', async () => {
    const slow = await bench.run(line(node('Slow', (_: unknown, ctx) => ctx.sleep(60), { concurrency: 40 })));
    const calls = Array.from({ length: 40 }, () => failureOf(slow.call(1, { timeoutS: 1 })));
    await bench.clock.advance(1_100);
    const failures = await Promise.all(calls);
    const small = failures.filter((failure) => Object.getOwnPropertyDescriptor(failure, 'stack')?.get === undefined);
    expect(small).to.have.length(40 - 16);
    expect(small[0]?.stack).to.equal(`FlowError [DEADLINE_EXCEEDED]: ${small[0]?.message}`);
  });

  it('R14b what is wrong with an emit keeps the line of the emit, in the event and for the caller', async () => {
    async function sends(_: unknown, ctx: NodeContext): Promise<void> {
      await ctx.emit('x', { to: 'Nobody' });
    }
    const flow = await bench.run(line(node('Sends', sends), pass('B')));
    const events = record(flow);
    const failure = await failureOf(orders(() => flow.call(1)));
    const [first, emit] = linesOf(failure);
    expect(first).to.contain('FlowError [UNKNOWN_TARGET]: "Nobody" is not a successor');
    expect(emit).to.match(/sends.*stacks\.spec/);
    expect((failure.stack as string).indexOf('async orders')).to.be.greaterThan(0);
    const failed = events.find(({ eventType }) => eventType === 'node_failed');
    expect(failed?.error).to.equal(failure);
  });

  it('R14b the failure of a playbook leads to the node that calls it, whether the playbook starts with the call or is warm', async () => {
    const Broken = flowClassOf(line(node('Broken', thrower)));
    const calls = node('Calls', async (order: unknown, ctx) => askPlaybook(order, ctx));
    async function askPlaybook(order: unknown, ctx: NodeContext): Promise<unknown> {
      const answer: unknown = await ctx.call(Broken, order);
      return answer;
    }
    const flow = await bench.run(line(calls));
    for (const how of ['starts', 'is warm']) {
      const failure = await failureOf(flow.call(1));
      const cause = failure.cause as FlowError;
      expect(linesOf(cause)[0]).to.contain("FlowError [NODE_EXCEPTION]: Node 'Broken' raised TypeError");
      expect(linesOf(cause)[1], how).to.match(/^async askPlaybook \(.*stacks\.spec/);
      expect(linesOf(cause.cause)[1]).to.match(/thrower .*stacks\.spec/);
    }
  });

  it('R14 R14b the failure of a playbook that its node does not await is no unhandled rejection', async () => {
    const Broken = flowClassOf(line(node('Broken', thrower)));
    const Ignores = node('Ignores', (_: unknown, ctx) => {
      void ctx.call(Broken, 1);
      void ctx.call(Broken, 1, { timeoutS: -1 });
      return 'went on';
    });
    const flow = await bench.run(line(Ignores));
    expect([await flow.call(1), await flow.call(2)]).to.deep.equal(['went on', 'went on']);
    // One would be an uncaught error here.
    await settle();
  });

  it('R14b emits of an ordered node and chunks, too', async () => {
    async function speaks(_: unknown, ctx: NodeContext): Promise<void> {
      await ctx.emitChunk('x', { to: 'Nobody' });
    }
    class Known {}
    async function strays(_: unknown, ctx: NodeContext): Promise<void> {
      await ctx.emit('unrouted');
    }
    for (const process of [speaks, strays]) {
      const top = node('Top', process, { ordered: true });
      const flow = await bench.run(rows([[top, [{ to: pass('B'), on: Known }]]]));
      expect(linesOf(await failureOf(flow.call(1)))[1]).to.match(/speaks|strays/);
    }
  });

  it('R14b a value that is no error is told of as JSON, in part where it is long', async () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    class Money {
      toString(): string {
        return '3 EUR';
      }
    }
    for (const [error, text] of [
      [{ status: 503, body: { retry: true } }, 'Object: {"status":503,"body":{"retry":true}}'],
      [['a', 1], 'Array: ["a",1]'],
      [{}, 'Object: {}'],
      ['gone', 'string: gone'],
      [null, 'null: null'],
      [circle, 'Object: [object Object]'],
      [{ big: 1n }, 'Object: [object Object]'],
      [new Money(), 'Money: 3 EUR'],
    ] as const) {
      const flow = await bench.run(line(failing('A', { error })));
      const failure = await failureOf(flow.call(1));
      expect(failure.message).to.equal(`Node 'A' raised ${text}`);
      expect(failure.metadata['exception_repr']).to.equal(text);
    }
    const long = await bench.run(line(failing('A', { error: { text: 'x'.repeat(100_000) } })));
    expect((await failureOf(long.call(1))).message.length).to.be.lessThan(600);
    const wide = await bench.run(line(failing('A', { error: Array.from({ length: 100_000 }, () => 'x') })));
    expect((await failureOf(wide.call(1))).message.length).to.be.lessThan(600);
  });

  it('R14b what is printed of a failure has its code and nothing undefined', async () => {
    const flow = await bench.run(line(pass('A', { timeoutS: 5 })));
    const printed = inspect(
      await failureOf(flow.fetch({ timeoutS: 0 }).catch(async () => flow.fetch({ tenant: 't' }))),
    );
    expect(printed).to.match(/^FlowError \[\w+\]: /);
    expect(printed).not.to.contain('undefined');
  });

  it('R14b a stack can be set, and is read from a frozen error', async () => {
    const flow = await bench.run(line(failing('A')));
    const failure: FlowError = await failureOf(flow.call(1));
    Object.freeze(failure);
    expect(failure.stack).to.contain('FlowError [NODE_EXCEPTION]');
    const other = await failureOf(flow.call(1));
    other.stack = 'mine';
    expect(other.stack).to.equal('mine');
    expect(Object.keys(other)).not.to.contain('stack');
  });
});
