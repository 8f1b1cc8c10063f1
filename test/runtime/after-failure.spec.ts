import { expect } from 'chai';
import { Flow, type FlowError, type NodeClass } from '#src/index.js';
import { record, shortForm, useFlows, type BenchOptions, type TestFlow } from '../support/flows.js';
import { held, line, node, pass, rows, type HeldCall } from '../support/nodes.js';
import { codeOf, failureOf, settle } from '../support/settling.js';

const NODE_FAILED = 'NODE_EXCEPTION';

describe('the rest of a run after a failure', () => {
  const bench = useFlows();

  /** `Top` feeds two held nodes, `Bad` and `Other`; behind `Other` stands `Last`. */
  async function fork(options: BenchOptions = {}, policy: { ordered?: boolean; concurrency?: number } = {}) {
    const bad = held('Bad', policy);
    const other = held('Other');
    const last = held('Last');
    const graph = rows([
      [pass('Top'), [bad.node, other.node]],
      [bad.node, []],
      [other.node, [last.node]],
      [last.node, []],
    ]);
    const flow = await bench.run(graph, options);
    return { flow, bad, other, last, events: record(flow) };
  }

  const sweeps = (events: ReturnType<typeof record>): string[] =>
    shortForm(events).filter((each) => /cancel|failed/.test(each));

  it('R14b is cancelled when a call waits for the answer, without the events of a cancel', async () => {
    const { flow, bad, other, events } = await fork();
    const called = failureOf(flow.call(1, { traceId: 't' }));
    await settle();
    bad.calls[0]?.reject(new Error('no'));
    const failure = await called;
    expect(failure).to.include({ code: NODE_FAILED, nodeName: 'Bad' });
    expect(sweeps(events)).to.deep.equal(['Bad:node_failed', 'Other:node_trace_cancelled']);
    const { signal } = (other.calls[0] as HeldCall).ctx;
    expect(signal.aborted).to.equal(true);
    expect(signal.reason).to.include({ code: 'TRACE_CANCELLED', traceId: 't', cause: failure });
    expect((signal.reason as FlowError).message).to.contain('node "Bad" failed');
    expect(flow.snapshot()).to.include({ traces: 0, cancelledTraces: 0, unclaimedFailures: 0 });
    expect(flow.snapshot().nodes.map(({ cancelled }) => cancelled)).to.deep.equal([0, 0, 1, 0]);
  });

  it('R14b is cancelled when a stream is read, which has what came before and then the failure', async () => {
    const speaks = node('Speaks', async (_: unknown, ctx) => {
      await ctx.emitChunk('before');
      throw new Error('no');
    });
    const other = held('Other');
    const flow = await bench.run(rows([[pass('Top'), [other.node, speaks]]]));
    const stream = flow.stream(1);
    await settle();
    expect(other.calls[0]?.ctx.signal.aborted).to.equal(true);
    expect((await stream.next()).value).to.include({ text: 'before' });
    expect(await codeOf(stream.next())).to.equal(NODE_FAILED);
    expect(flow.snapshot()).to.include({ traces: 0 });
  });

  it('R14b is cancelled when a node waits for it with ctx.call', async () => {
    const other = held('Other');
    const bad = held('Bad');
    class Inner {
      readonly graph = rows([[pass('Top'), [bad.node, other.node]]]);
    }
    Flow({ name: 'after-failure-inner' })(Inner);
    const calls = node('Calls', (payload: unknown, ctx) => ctx.call(Inner as never, payload as never));
    const flow = await bench.run(line(calls));
    const called = failureOf(flow.call(1));
    await settle();
    bad.calls[0]?.reject(new Error('no'));
    expect((await called).cause).to.include({ code: NODE_FAILED, nodeName: 'Bad' });
    expect(other.calls[0]?.ctx.signal.aborted).to.equal(true);
  });

  it('R14b goes on when the run was emitted', async () => {
    const { flow, bad, other, last } = await fork();
    await flow.emit(1);
    await settle();
    bad.calls[0]?.reject(new Error('no'));
    await settle();
    other.calls[0]?.resolve('other');
    await settle();
    last.calls[0]?.resolve('last');
    expect(await failureOf(flow.fetch())).to.include({ code: NODE_FAILED });
    expect(await flow.fetch()).to.equal('last');
  });

  it('R14b goes on when a call has its answer already', async () => {
    const { flow, bad, other, last } = await fork();
    const called = flow.call(1);
    await settle();
    bad.calls[0]?.resolve('the answer');
    expect(await called).to.equal('the answer');
    other.calls[0]?.resolve('other');
    await settle();
    last.calls[0]?.reject(new Error('no'));
    await settle();
    expect(flow.snapshot()).to.include({ traces: 0, unclaimedFailures: 1 });
  });

  it("R14b goes on with afterFailure: 'continue', whoever waits", async () => {
    const { flow, bad, other } = await fork({ afterFailure: 'continue' });
    const called = codeOf(flow.call(1));
    await settle();
    bad.calls[0]?.reject(new Error('no'));
    expect(await called).to.equal(NODE_FAILED);
    expect(other.calls[0]?.ctx.signal.aborted).to.equal(false);
    expect(flow.snapshot()).to.include({ traces: 1 });
  });

  it("R14b R17 counts what comes after the failure as discarded with afterFailure: 'continue', by whatever was waited", async () => {
    for (const wait of [
      (flow: TestFlow) => flow.call(1),
      (flow: TestFlow) => flow.collect(1),
      (flow: TestFlow) => flow.stream(1).next(),
    ]) {
      const { flow, bad, other, last } = await fork({ afterFailure: 'continue' });
      const failed = codeOf(wait(flow));
      await settle();
      bad.calls[0]?.reject(new Error('no'));
      expect(await failed).to.equal(NODE_FAILED);
      other.calls[0]?.resolve('other');
      await settle();
      last.calls[0]?.resolve('nobody takes it');
      await settle();
      expect(flow.snapshot(), String(wait)).to.include({ traces: 0, discardedResults: 1 });
    }
  });

  describe("with afterFailure: 'cancel'", () => {
    const options: BenchOptions = { afterFailure: 'cancel' };

    it('R14b is cancelled when the run was emitted, and the failure is kept', async () => {
      const { flow, bad, other, events } = await fork(options);
      await flow.emit(1);
      await settle();
      bad.calls[0]?.reject(new Error('no'));
      await settle();
      expect(other.calls[0]?.ctx.signal.aborted).to.equal(true);
      expect(sweeps(events)).to.deep.equal(['Bad:node_failed', 'Other:node_trace_cancelled']);
      expect(flow.snapshot()).to.include({ traces: 0, results: 0 });
      expect(await codeOf(flow.fetch())).to.equal(NODE_FAILED);
    });

    it('R14b is cancelled when a call has its answer already', async () => {
      const bad = held('Bad');
      const other = held('Other');
      const flow = await bench.run(rows([[pass('Top'), [pass('Quick'), bad.node, other.node]]]), options);
      expect(await flow.call('the answer')).to.equal('the answer');
      await settle();
      bad.calls[0]?.reject(new Error('no'));
      await settle();
      expect(other.calls[0]?.ctx.signal.aborted).to.equal(true);
      expect(flow.snapshot()).to.include({ traces: 0, unclaimedFailures: 1 });
    });

    it('R14b what of an emitted run is at the egress is handed out, what is queued goes', async () => {
      const quick = pass('Quick');
      const bad = held('Bad');
      const slow = held('Slow');
      const top = node('Top', async (_: unknown, ctx) => {
        await ctx.emit('a');
        await ctx.emit('b');
      });
      const flow = await bench.run(rows([[top, [quick, bad.node, slow.node]]]), options);
      await flow.emit(1, { traceId: 't', join: true });
      await settle();
      expect(flow.snapshot()).to.include({ results: 2 });
      bad.calls[0]?.reject(new Error('no'));
      await settle();
      expect(slow.calls[0]?.ctx.signal.aborted).to.equal(true);
      expect(slow.calls).to.have.length(1);
      expect(bad.calls).to.have.length(1);
      expect(flow.snapshot()).to.include({ results: 2, traces: 1, startedTraces: 1 });
      expect([await flow.fetch({ traceId: 't' }), await flow.fetch({ traceId: 't' })]).to.deep.equal(['a', 'b']);
      expect(await codeOf(flow.fetch({ traceId: 't' }))).to.equal(NODE_FAILED);
      expect(flow.snapshot()).to.include({ results: 0, traces: 0 });
    });

    it('R14b R17 an emit joins no run that has failed', async () => {
      const top = node('Top', (payload: unknown) => {
        if (payload === 'fails') throw new Error('no');
        return payload;
      });
      const flow = await bench.run(line(top), options);
      for (const payload of ['works', 'fails', 'joins']) await flow.emit(payload, { traceId: 't', join: true });
      expect(flow.snapshot()).to.include({ results: 2, traces: 2, startedTraces: 2 });
    });

    it('R14b lets go of what a node keeps, and takes no other emit in', async () => {
      const keeps = node('Keeps', (payload: unknown, ctx) => {
        if (payload === 'fails') throw new Error('no');
        ctx.holdTrace();
      });
      const flow = await bench.run(line(keeps), options);
      await flow.emit('kept', { traceId: 't', join: true });
      expect(flow.snapshot()).to.include({ traces: 1 });
      await flow.emit('fails', { traceId: 't', join: true });
      await settle();
      expect(flow.snapshot()).to.include({ traces: 0, startedTraces: 1 });
    });
  });

  it('R14b leaves other runs alone, those of the same trace id and those behind it in the queue too', async () => {
    const { flow, bad, other, last } = await fork();
    const fails = codeOf(flow.call(1, { traceId: 't' }));
    const works = flow.call(2, { traceId: 't' });
    await settle();
    bad.calls[0]?.reject(new Error('no'));
    expect(await fails).to.equal(NODE_FAILED);
    await settle();
    expect(other.calls.map(({ payload }) => payload)).to.deep.equal([1, 2]);
    other.calls[1]?.resolve('other');
    await settle();
    last.calls[0]?.resolve('last');
    expect(await works).to.equal('last');
  });

  it('R14b an ordered node lets go of the message that failed and of those of its run, and goes on in order', async () => {
    const work = held('Work', { ordered: true, concurrency: 4 });
    const top = node('Top', async (payload: unknown, ctx) => {
      if (payload !== 'three') return payload;
      for (const part of ['a', 'b', 'c']) await ctx.emit(part);
      return undefined;
    });
    const flow = await bench.run(line(top, work.node));
    const before = flow.call('before');
    const fails = codeOf(flow.call('three'));
    await settle();
    const find = (payload: unknown) => work.calls.find((call) => call.payload === payload);
    find('c')?.resolve('waits for its turn');
    await settle();
    find('b')?.reject(new Error('no'));
    expect(await fails).to.equal(NODE_FAILED);
    const after = flow.call('after');
    await settle();
    find('after')?.resolve('after');
    find('before')?.resolve('before');
    expect(await Promise.all([before, after])).to.deep.equal(['before', 'after']);
    expect(flow.snapshot()).to.include({ traces: 0, discardedResults: 0 });
  });

  it('R14b emits that wait for room reject, and nothing says that they were dropped', async () => {
    const codes: string[] = [];
    const top = node('Top', async (_: unknown, ctx) => {
      try {
        for (let n = 0; n < 10; n++) await ctx.emit(n);
      } catch (error) {
        codes.push((error as FlowError).code);
      }
    });
    const bad = held('Bad');
    const slow = held('Slow');
    const flow = await bench.run(rows([[top, [slow.node, bad.node]]]), { queueMaxsize: 1 });
    const events = record(flow);
    const called = codeOf(flow.call(1));
    await settle();
    bad.calls[0]?.reject(new Error('no'));
    expect(await called).to.equal(NODE_FAILED);
    await settle();
    expect(codes).to.deep.equal(['TRACE_CANCELLED']);
    expect(sweeps(events).sort()).to.deep.equal([
      'Bad:node_failed',
      'Slow:node_trace_cancelled',
      'Top:node_trace_cancelled',
    ]);
    expect(flow.snapshot()).to.include({ traces: 0 });
    expect(
      flow.snapshot().nodes.every(({ inFlight, queued, waitingForRoom }) => inFlight + queued + waitingForRoom === 0),
    ).to.equal(true);
  });

  it('R14b R16 a listener that cancels the run meanwhile changes nothing', async () => {
    const { flow, bad, events } = await fork();
    flow.on('node_trace_cancelled', () => void flow.cancel('t'));
    flow.on('node_failed', () => {});
    const called = codeOf(flow.call(1, { traceId: 't' }));
    await settle();
    bad.calls[0]?.reject(new Error('no'));
    expect(await called).to.equal(NODE_FAILED);
    expect(sweeps(events)).to.deep.equal(['Bad:node_failed', 'Other:node_trace_cancelled']);
    expect(flow.snapshot()).to.include({ traces: 0, cancelledTraces: 0 });
  });

  it('R14b R12 retries and timeouts: only the last attempt ends the rest', async () => {
    const slow = held('Slow', { timeoutS: 1, maxRetries: 1, backoffBaseS: 0 });
    const other = held('Other');
    const flow = await bench.run(rows([[pass('Top'), [slow.node, other.node]]]));
    const called = codeOf(flow.call(1));
    await settle();
    await bench.clock.advance(1_100);
    expect(other.calls[0]?.ctx.signal.aborted).to.equal(false);
    await bench.clock.advance(1_100);
    expect(await called).to.equal('NODE_TIMEOUT');
    expect(other.calls[0]?.ctx.signal.aborted).to.equal(true);
  });

  it('R13 R14b with the deadline of a call each of its attempts is told of as late', async () => {
    const { flow, events } = await fork();
    const called = codeOf(flow.call(1, { timeoutS: 1 }));
    await settle();
    await bench.clock.advance(1_100);
    expect(await called).to.equal('DEADLINE_EXCEEDED');
    const told = shortForm(events).filter((each) => /timeout|cancel/.test(each));
    expect(told).to.deep.equal(['Bad:node_timeout', 'Other:node_timeout']);
    expect(flow.snapshot()).to.include({ traces: 0 });
  });

  it('R13 R14b the deadline of one message ends the rest of the run that a call waits for', async () => {
    const short = node('Short', (_: unknown, ctx) =>
      ctx.message.with({ payload: 1, deadlineS: bench.clock.now() / 1000 + 1 }),
    );
    const late = held('Late');
    const other = held('Other');
    const graph = rows([
      [pass('Top'), [short, other.node]],
      [short, [late.node]],
    ]);
    const flow = await bench.run(graph);
    const called = codeOf(flow.call(1));
    await settle();
    await bench.clock.advance(1_500);
    expect(await called).to.equal('DEADLINE_EXCEEDED');
    expect(other.calls[0]?.ctx.signal.aborted).to.equal(true);
    expect(flow.snapshot()).to.include({ traces: 0 });
  });

  it('R8 R14b a drain ends with the run whose rest is cancelled', async () => {
    const { flow, bad } = await fork();
    const called = codeOf(flow.call(1));
    await settle();
    const stopped = flow.stop({ drainS: 60 });
    await settle();
    bad.calls[0]?.reject(new Error('no'));
    expect(await called).to.equal(NODE_FAILED);
    await settle();
    await bench.clock.advance(6_000);
    expect(await stopped).to.deep.include({ dropped: 0, stuckNodes: ['Other'] });
  });

  it('R6b R14b a loop that overflows ends its run like a failure', async () => {
    const loop: NodeClass<unknown> = node('Loop', async (payload: unknown, ctx) => {
      await ctx.emit(payload, { to: 'Loop' });
      await ctx.emit(payload, { to: 'Loop' });
    });
    const graph = rows([[loop, [{ to: loop, back: true, on: Number }, pass('Out')]]], [loop]);
    const flow: TestFlow = await bench.run(graph, { maxLoop: 20, afterFailure: 'continue' });
    const events = record(flow);
    expect(await codeOf(flow.call(1))).to.equal('LOOP_OVERFLOW');
    expect(events.filter(({ eventType }) => eventType.startsWith('trace_cancel'))).to.deep.equal([]);
    expect(flow.snapshot()).to.include({ traces: 0 });
  });
});
