import { expect } from 'chai';
import {
  configureLogging,
  createFlow,
  Flow,
  getLogger,
  Node,
  shutdownLogging,
  start,
  TRACER,
  type AttemptSpan,
  type AttemptStart,
  type FlowError,
  type FlowNode,
  type FlowTracer,
  type NodeContext,
  type TraceSpan,
  type TraceStart,
} from '#src/index.js';
import { useFlows } from '../support/flows.js';
import { LineCatcher } from '../support/line-catcher.js';
import { line, node, pass } from '../support/nodes.js';

/** Counts how often everything was told that it is over. */
class CountingTracer implements FlowTracer {
  readonly traces: { readonly start: TraceStart; failure: FlowError | undefined; ends: number }[] = [];
  readonly attempts: { readonly start: AttemptStart; runs: number; emits: number; ends: number; error: unknown }[] = [];

  startTrace(start: TraceStart): TraceSpan {
    const trace = { start, failure: undefined as FlowError | undefined, ends: 0 };
    this.traces.push(trace);
    return {
      logFields: { span: start.traceId },
      attempt: (attempt) => this.#attempt(attempt),
      failed: (error) => (trace.failure ??= error),
      end: () => void trace.ends++,
    };
  }

  #attempt(start: AttemptStart): AttemptSpan {
    const attempt = { start, runs: 0, emits: 0, ends: 0, error: undefined as unknown };
    this.attempts.push(attempt);
    return {
      logFields: { span: `${start.ctx.nodeName} ${start.ctx.attempt}` },
      run: (body) => {
        attempt.runs++;
        return body();
      },
      emitted: () => void attempt.emits++,
      end: (error) => {
        if (attempt.ends++ === 0) attempt.error = error;
      },
    };
  }
}

/** Does what the payload says. */
@Node({ timeoutS: 0.03, maxRetries: 1, backoffBaseS: 0, concurrency: 8 })
class Fickle implements FlowNode<number, number> {
  async process(n: number, ctx: NodeContext): Promise<number | undefined> {
    if (n % 7 === 0) throw new TypeError('fickle');
    if (n % 11 === 0) await ctx.sleep(60);
    if (n % 5 === 0) await ctx.emit(n);
    return n % 3 === 0 ? undefined : n;
  }
}
@Node({ concurrency: 2 })
class Hand implements FlowNode<number, number> {
  async process(n: number): Promise<number> {
    await Promise.resolve();
    return n;
  }
}
@Flow({ queueMaxsize: 8 })
class Mixed {
  readonly graph = start(Fickle).to(Hand);
}

@Node()
class Talks implements FlowNode<string, string> {
  readonly #log = getLogger();
  async *process(text: string): AsyncGenerator<string> {
    this.#log.info('before the first');
    yield text;
    await Promise.resolve();
    this.#log.info('after the first');
  }
}
@Flow()
class Stream {
  readonly graph = start(Talks);
}

describe('the port for tracers', () => {
  it('every trace and every attempt that begins ends, however it ends', async () => {
    const tracer = new CountingTracer();
    const flow = createFlow(Mixed, { providers: [{ token: TRACER, useValue: tracer }] });
    await flow.run();
    let read = 0;
    const reading = (async () => {
      for await (const _ of flow.results()) read++;
    })();
    const sends: Promise<unknown>[] = [];
    for (let n = 1; n <= 400; n++) {
      const traceId = `t-${n}`;
      sends.push(
        n % 2 === 0 ? flow.emit(n, { traceId }) : flow.call(n, { traceId, timeoutS: n % 13 === 0 ? 0.001 : 5 }),
      );
      if (n % 17 === 0) sends.push(Promise.resolve().then(() => flow.cancel(traceId)));
      if (n % 8 === 0) sends.push(flow.emit(n), flow.call(n));
    }
    // Some are still at work when the flow stops.
    await Promise.race([Promise.allSettled(sends), sends[250]!.catch(() => {})]);
    await flow.stop();
    await Promise.allSettled([reading, ...sends]);

    expect(read).to.be.greaterThan(0);
    expect(tracer.traces).to.have.length(flow.snapshot().startedTraces);
    expect(tracer.attempts.length).to.be.greaterThan(100);
    expect(tracer.traces.filter(({ ends }) => ends === 0)).to.deep.equal([]);
    expect(tracer.attempts.filter(({ ends, runs }) => ends === 0 || runs > 1)).to.deep.equal([]);
    expect(tracer.traces.filter(({ failure }) => failure !== undefined).length).to.be.greaterThan(10);
  });

  it('tells who sent a message, which attempt came before, and when something leaves', async () => {
    const tracer = new CountingTracer();
    const flow = createFlow(Mixed, { providers: [{ token: TRACER, useValue: tracer }] });
    await flow.run();
    await flow.call(10, { tenant: 'acme', meta: { a: 1 } });
    await flow.call(7).catch(() => {});
    await flow.stop();
    const [trace] = tracer.traces;
    expect(trace!.start).to.deep.include({ flowName: 'Mixed', tenant: 'acme', meta: { a: 1 } });
    const [fickle, ...others] = tracer.attempts;
    const hands = others.filter(({ start }) => start.ctx.nodeName === 'Hand');
    expect(fickle).to.include({ emits: 2, runs: 1, error: undefined });
    expect(hands.map(({ start }) => start.sender?.logFields)).to.deep.equal([
      { span: 'Fickle 0' },
      { span: 'Fickle 0' },
    ]);
    const [first, second] = tracer.attempts.filter(({ error }) => error !== undefined);
    expect(first!.start).to.include({ sender: undefined, previous: undefined, nodeId: 'Mixed.Fickle' });
    expect(second!.start.previous!.logFields).to.deep.equal({ span: 'Fickle 0' });
    expect(tracer.traces[1]!.failure!.code).to.equal('NODE_EXCEPTION');
  });

  it('R26 what a generator writes carries the fields of its attempt, traced or not', async () => {
    for (const providers of [[], [{ token: TRACER, useValue: new CountingTracer() }]]) {
      const caught = new LineCatcher();
      configureLogging({ structured: true, destination: caught });
      const flow = createFlow(Stream, { providers });
      await flow.run();
      await flow.call('x', { traceId: 'order-1' });
      await flow.stop();
      await shutdownLogging();
      expect(caught.json.map(({ message }) => message)).to.deep.equal(['before the first', 'after the first']);
      for (const line of caught.json) expect(line).to.include({ trace_id: 'order-1', node_name: 'Talks', attempt: 0 });
    }
  });
});

describe('the messages that a tracer sees', () => {
  const bench = useFlows();

  it('H3 have the time they were sent, who sent them and how many wait, the same for every attempt', async () => {
    const seen: unknown[] = [];
    const tracer: FlowTracer = {
      startTrace: () => ({
        logFields: {},
        attempt: ({ ctx, message, queuedIn }) => {
          seen.push([
            ctx.nodeName,
            ctx.attempt,
            message.number,
            message.from,
            message.sentMs - 1_700_000_000_000,
            queuedIn,
          ]);
          return { logFields: {}, run: (body) => body(), emitted: () => {}, end: () => {} };
        },
        failed: () => {},
        end: () => {},
      }),
    };
    const slow = node(
      'Slow',
      async (payload, ctx: NodeContext) => {
        await ctx.sleep(1);
        if (ctx.attempt === 0 && payload === 1) throw new Error('again');
        return payload;
      },
      { maxRetries: 1, backoffBaseS: 1 },
    );
    const flow = await bench.run(line(pass('First'), slow), { providers: [{ token: TRACER, useValue: tracer }] });
    await flow.emit(1);
    await flow.emit(2);
    await bench.clock.advance(5_000);
    expect(seen).to.deep.equal([
      ['First', 0, 1, undefined, 0, 0],
      ['Slow', 0, 2, 'First', 0, 0],
      ['First', 0, 1, undefined, 0, 0],
      ['Slow', 1, 2, 'First', 0, 1],
      ['Slow', 0, 2, 'First', 0, 0],
    ]);
  });
});
