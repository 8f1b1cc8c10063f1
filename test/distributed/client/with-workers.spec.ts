import { expect } from 'chai';
import { CLOCK, Flow, FLOW_LOG, FlowError, start, StreamChunk, TRACER } from '#src/index.js';
import type { FlowTracer, NodeClass, NodeContext } from '#src/index.js';
import type { FlowGraph } from '#src/ports/flow-graph.js';
import { connectFlow, Distributed, memoryCarrier, queue, serveFlow } from '#src/distributed/index.js';
import type { DistributedOptions, FlowClient, FlowWorker } from '#src/distributed/index.js';
import type { Carrier } from '#src/distributed/carrier/carrier.js';
import type { CarrierSession } from '#src/distributed/carrier/carrier-session.js';
import { ManualClock } from '#src/testing/index.js';
import { MemoryLog } from '../../support/memory-log.js';
import { failing, node, pass } from '../../support/nodes.js';
import { codeOf, failureOf } from '../../support/settling.js';

describe('a client and workers', () => {
  let clock: ManualClock;
  let carrier: ReturnType<typeof memoryCarrier>;
  let stops: (() => Promise<unknown>)[];
  let sessions: CarrierSession[];
  let made = 0;

  beforeEach(() => {
    clock = new ManualClock();
    carrier = memoryCarrier();
    stops = [];
    sessions = [];
  });

  afterEach(async () => {
    const stopping = stops.splice(0).map((stop) => stop());
    await clock.advance(20_000);
    await Promise.all(stopping);
  });

  const seen: Carrier = {
    name: 'seen',
    open: async (options) => {
      const session = await carrier.open(options);
      sessions.push(session);
      return session;
    },
  };

  function provided(tracer?: FlowTracer): never {
    return [
      { token: CLOCK, useValue: clock },
      { token: FLOW_LOG, useValue: new MemoryLog() },
      ...(tracer === undefined ? [] : [{ token: TRACER, useValue: tracer }]),
    ] as never;
  }

  /** A flow with a client and a worker of all its groups. */
  async function spread(graph: FlowGraph, distributed?: DistributedOptions, tracer?: FlowTracer) {
    class Spread {
      readonly graph = graph;
    }
    Flow({ name: `with-workers-${++made}` })(Spread);
    Distributed(distributed)(Spread);
    const options = { carrier: seen, providers: provided(tracer) };
    const serve = async (): Promise<FlowWorker> => {
      const worker = await serveFlow(Spread, options);
      stops.push(() => worker.stop());
      return worker;
    };
    const client = (await connectFlow(Spread as never, options)) as unknown as FlowClient<unknown>;
    stops.push(() => client.stop());
    return { client, serve, worker: await serve() };
  }

  /** Lets time pass until a promise has settled, a minute at most. */
  async function settled<T>(promise: Promise<T>): Promise<T> {
    const state = { isOver: false };
    const over = (): void => {
      state.isOver = true;
    };
    promise.then(over, over);
    for (let passedMs = 0; !state.isOver && passedMs < 60_000; passedMs += 100) await clock.advance(100);
    return promise;
  }

  const Double = node('Double', (value: unknown) => Number(value) * 2);
  const Add = node('Add', (value: unknown) => Number(value) + 1);
  const Split = node('Split', async function* (value: unknown) {
    for (let part = 1; part <= Number(value); part++) yield part;
  });

  it('D17 a call goes through both groups and back', async () => {
    const { client } = await spread(start(Double).to(Add), { groups: { cpu: [Add] } });
    expect(await settled(Promise.all([1, 2, 3].map((value) => client.call(value))))).to.deep.equal([3, 5, 7]);
    const { rootId } = await settled(client.emit(4));
    expect(await settled(client.result(rootId))).to.equal(9);
  });

  it('D18 collect has all that parts on the way, and an empty list where nothing comes', async () => {
    const Even = node('Even', (value: unknown) => (Number(value) % 2 === 0 ? value : undefined));
    const { client } = await spread(start(Split).to(Even).to(Double), { groups: { a: [Even], b: [Double] } });
    const all = (await settled(client.collect(6))) as number[];
    expect(all.toSorted((a, b) => a - b)).to.deep.equal([4, 8, 12]);
    expect(await settled(client.collect(1))).to.deep.equal([]);
    expect(await settled(codeOf(client.call(1)))).to.equal('NO_RESULT');
  });

  it('D11 a failure comes as it was, and that of an emit is redriven under the same key', async () => {
    const keys: string[] = [];
    let fails = true;
    const Charge = node('Charge', (value: unknown, ctx: NodeContext) => {
      keys.push(ctx.idempotencyKey);
      if (fails) throw new TypeError('declined');
      return value;
    });
    const { client } = await spread(start(Double).to(Charge), { groups: { pay: [Charge] } });
    const failure = await settled(failureOf(client.call(1)));
    expect(failure).to.include({ code: 'NODE_EXCEPTION', nodeName: 'Charge', exceptionType: 'TypeError' });
    await settled(client.emit(2, { id: 'order-17' }));
    await clock.advance(0);
    const [letter] = await client.deadLetters.list();
    expect(letter).to.include({ queue: 'Charge' });
    expect(letter?.payload()).to.equal(4);
    fails = false;
    expect(await settled(client.deadLetters.redrive({}))).to.equal(1);
    await clock.advance(0);
    expect(keys).to.have.length(3);
    expect(keys[2]).to.equal(keys[1]).and.not.equal(keys[0]);
  });

  it('D19 a stream has its chunks in order, pieces, and the final value', async () => {
    const Answer = node('Answer', async (value: unknown, ctx: NodeContext) => {
      for (let part = 0; part < 200; part++) await ctx.emitChunk(`${String(value)}${part}`, { done: part === 199 });
      return 'answer';
    });
    const { client } = await spread(start(Answer));
    const stream = client.stream('t');
    const texts: string[] = [];
    const read = (async (): Promise<void> => {
      for await (const piece of stream) if (piece instanceof StreamChunk) texts.push(`${piece.seq}:${piece.text}`);
    })();
    await settled(read);
    expect(texts).to.deep.equal(Array.from({ length: 200 }, (_, part) => `${part}:t${part}`));
    expect(await settled(stream.result)).to.equal('answer');
  });

  it('D19 a slow reader holds up the node, and is not taken for one that is gone', async () => {
    let sent = 0;
    const Answer = node('Answer', async (_: unknown, ctx: NodeContext) => {
      for (; sent < 300; sent++) await ctx.emitChunk(`${sent}`);
      return 'answer';
    });
    const { client } = await spread(start(Answer));
    const stream = client.stream('t');
    const first = stream.next();
    await clock.advance(30_000);
    await first;
    expect(sent).to.be.within(64, 66);
    let count = 1;
    const read = (async (): Promise<void> => {
      for await (const _ of stream) count++;
    })();
    await settled(read);
    expect(count).to.equal(300);
  });

  it('D19 a worker that dies in the middle of its chunks is seen as a restart', async () => {
    let runs = 0;
    const Answer = node('Answer', async (_: unknown, ctx: NodeContext) => {
      runs++;
      await ctx.emitChunk(`${runs}a`);
      await ctx.emitChunk(`${runs}b`);
      if (runs === 1) await ctx.sleep(3_600);
      return runs;
    });
    const { client, serve, worker } = await spread(start(Answer));
    const stream = client.stream('t');
    const pieces: unknown[] = [];
    const read = (async (): Promise<void> => {
      for await (const piece of stream) {
        pieces.push(piece instanceof StreamChunk ? `${piece.seq}:${piece.text}` : piece);
      }
    })();
    await clock.advance(100);
    await serve();
    carrier.faults.kill(sessions[1] as CarrierSession);
    // Nobody hears of its end.
    void worker.stop({ graceS: 0 });
    stops.splice(1, 1);
    await settled(read);
    expect(pieces).to.deep.equal(['0:1a', '1:1b', { restarted: true, streamId: stream.traceId }, '0:2a', '1:2b']);
    expect(await settled(stream.result)).to.equal(2);
  });

  it('D16 what is cancelled, aborted, late or left ends in the worker', async () => {
    const ended: string[] = [];
    const hang = async (value: unknown, ctx: NodeContext): Promise<void> => {
      ctx.signal.addEventListener('abort', () => ended.push(String(value)));
      await ctx.emitChunk('begun');
      await ctx.sleep(3_600);
    };
    const Hang = node('Hang', hang, { concurrency: 4 });
    const { client } = await spread(start(Double).to(Hang), { groups: { slow: [Hang] } });
    const controller = new AbortController();
    const codes = [
      codeOf(client.call(1, { traceId: 'one' })),
      codeOf(client.call(2, { signal: controller.signal })),
      codeOf(client.call(3, { timeoutS: 5 })),
    ];
    const stream = client.stream(4);
    await clock.advance(100);
    await settled(stream.next());
    await client.cancel('one');
    controller.abort();
    await stream.return();
    await clock.advance(5_000);
    expect(await Promise.all(codes)).to.deep.equal(['TRACE_CANCELLED', 'ABORTED', 'DEADLINE_EXCEEDED']);
    expect(ended.toSorted()).to.deep.equal(['2', '4', '6', '8']);
    expect((await client.lag()).map(({ pending, unacked }) => pending + unacked)).to.deep.equal([0, 0]);
  });

  it('D21 one key is worked on in order, however many are sent', async () => {
    const done: string[] = [];
    const Step = node(
      'Step',
      async (value: unknown, ctx: NodeContext) => {
        const { key, at } = value as { readonly key: string; readonly at: number };
        await ctx.sleep(at % 2 === 0 ? 0.05 : 0.01);
        done.push(`${key}${at}`);
      },
      { concurrency: 8 },
    );
    const by = (value: { readonly key: string }): string => value.key;
    const { client } = await spread(start(Step), {
      queues: [queue(Step as never, { order: { by: by as never, lanes: 4 } })],
    });
    const emits = Array.from({ length: 20 }, (_, number) => ({ key: 'abcd'[number % 4] as string, at: number }));
    await settled(Promise.all(emits.map((payload) => client.emit(payload))));
    for (let passed = 0; passed < 50 && done.length < 20; passed++) await clock.advance(100);
    for (const key of 'abcd') {
      const own = done.filter((each) => each.startsWith(key));
      expect(own).to.deep.equal(emits.filter((each) => each.key === key).map(({ at }) => `${key}${at}`));
    }
  });

  it('D14 a full queue holds up the caller, and nothing is lost', async () => {
    const { client } = await spread(start(Double).to(Add), {
      groups: { cpu: [Add] },
      queues: [queue(Double as NodeClass, { bound: 2 }), queue(Add as NodeClass, { bound: 1 })],
    });
    const calls = Array.from({ length: 300 }, (_, value) => client.call(value));
    const values = await settled(Promise.all(calls));
    expect(values).to.deep.equal(calls.map((_, value) => value * 2 + 1));
  });

  it('D25 calls go on when the engine was away, and the client says so', async () => {
    const { client } = await spread(start(Double).to(Add));
    const states: unknown[] = [];
    client.on('carrier_state', ({ extra }) => void states.push(extra));
    carrier.faults.become('down', 'restart');
    const calls = [1, 2].map((value) => client.call(value));
    await clock.advance(3_000);
    carrier.faults.become('up');
    expect(await settled(Promise.all(calls))).to.deep.equal([3, 5]);
    expect(states).to.deep.equal([
      { state: 'down', detail: 'restart', client_id: client.clientId },
      { state: 'up', client_id: client.clientId },
    ]);
  });

  it('D29 spans of parts are children of what the client began', async () => {
    const begun: string[] = [];
    const tracer: FlowTracer = {
      startTrace({ kind, root, part }) {
        begun.push(`${kind} ${part?.headers['traceparent'] ?? 'first'}`);
        return {
          logFields: {},
          attempt: () => ({ logFields: {}, headers: () => ({ traceparent: 'attempt' }), end: () => {} }),
          headers: () => (root === undefined ? {} : { traceparent: 'client' }),
          failed: () => {},
          end: () => {},
        };
      },
    };
    const { client } = await spread(start(Double).to(Add), { groups: { cpu: [Add] } }, tracer);
    expect(await settled(client.call(1))).to.equal(3);
    expect(begun).to.deep.equal(['call first', 'part client', 'part attempt']);
  });

  it('a failure ends the rest of the run elsewhere', async () => {
    const ended: string[] = [];
    const Fail = failing('Fail');
    const Hang = node('Hang', async (value: unknown, ctx: NodeContext) => {
      ctx.signal.addEventListener('abort', () => ended.push(String(value)));
      await ctx.sleep(3_600);
    });
    const { client } = await spread(start(pass('Fork')).to(Fail, Hang) as never, { groups: { a: [Fail], b: [Hang] } });
    const failure = await settled(failureOf(client.call(1)));
    expect(FlowError.is(failure, 'NODE_EXCEPTION')).to.equal(true);
    await clock.advance(100);
    expect(ended).to.deep.equal(['1']);
  });
});
